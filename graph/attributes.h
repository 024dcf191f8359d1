// Attributes: the data that fixes what an operation does beside its inputs. Because they are data, comparing,
// printing and saving them are written once, here and in serialization/, for every operation.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "graph/dim.h"
#include "tensor/tensor.h"

namespace gradloom {

class Graph;

/// A loop's or branch's body. Bodies are never changed once built, so nodes may share one.
using Body = const Graph*;

using Attribute =
    std::variant<bool, std::int64_t, double, std::string, DType, Dim, std::vector<std::int64_t>, Dims, Tensor, Body>;

/// The alternatives of Attribute, in its order.
enum class AttributeKind { boolean, integer, real, text, dtype, dim, integers, dims, tensor, body };

/// "bool", "integer", "real", "text", "dtype", "size", "integers", "shape", "tensor", "body".
std::string_view name_of(AttributeKind kind);
inline AttributeKind kind_of(const Attribute& attribute) { return static_cast<AttributeKind>(attribute.index()); }

/// Attributes by name, in alphabetical order.
class Attributes {
 public:
  using Item = std::pair<std::string, Attribute>;

  Attributes() = default;
  Attributes(std::initializer_list<Item> items);

  /// nullptr when there is none of this name.
  const Attribute* find(std::string_view name) const;
  void set(std::string_view name, Attribute value);
  bool erase(std::string_view name);
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }
  std::size_t size() const { return items_.size(); }
  bool empty() const { return items_.empty(); }

  /// The value of a name that the op's definition declares; an InternalError when absent or of another kind.
  template <class T>
  const T& get(std::string_view name) const {
    const Attribute* found = find(name);
    const T* value = found ? std::get_if<T>(found) : nullptr;
    if (!value) missing(name);
    return *value;
  }

  /// Same names and values; real numbers by bits, tensors by bits, bodies by identity.
  friend bool operator==(const Attributes& a, const Attributes& b);

 private:
  [[noreturn]] void missing(std::string_view name) const;
  std::vector<Item> items_;
};

/// `axis=1`, `shape=[batch, 3]`: how text and messages show it. A body shows its name.
std::string attribute_text(const Attribute& attribute);
std::string attributes_text(const Attributes& attributes);

}  // namespace gradloom
