// Dim: the size of one axis, known or symbolic. It is a polynomial in named symbols and in opaque atoms (floordiv,
// ceildiv, max, min of two Dims), kept in one canonical form so that equality is equality of text.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/tensor.h"

namespace gradloom {

/// The sizes of symbols in one execution.
using Binding = std::map<std::string, std::int64_t, std::less<>>;

class Dim {
 public:
  Dim() = default;
  Dim(std::int64_t size) : constant_(size) {}  // sizes are written as plain numbers
  Dim(int size) : constant_(size) {}
  /// A symbol: letters, digits and `_`, not beginning with a digit; `$` may come first (fresh symbols).
  Dim(std::string_view symbol);
  Dim(const char* symbol) : Dim(std::string_view(symbol)) {}
  Dim(const std::string& symbol) : Dim(std::string_view(symbol)) {}

  /// Reads `text()` back. A UserError names the text and the place where reading stopped.
  static Dim parse(std::string_view text);

  bool is_constant() const { return !polynomial_; }
  bool is(std::int64_t size) const { return is_constant() && constant_ == size; }
  /// The size of a constant Dim; an InternalError otherwise.
  std::int64_t constant() const;
  /// The name when the Dim is one plain symbol.
  std::optional<std::string> symbol() const;
  /// `2*batch*source_length + 1`.
  std::string text() const;
  /// Every symbol in it, also inside atoms.
  std::vector<std::string> symbols() const;

  /// The size under a binding. A UserError names a symbol that is not bound, a negative result or an overflow.
  std::int64_t evaluate(const Binding& binding) const;
  /// Symbols replaced by Dims; those not named stay.
  Dim substitute(const std::map<std::string, Dim, std::less<>>& replacements) const;
  /// The quotient when `divisor` divides this polynomial without remainder.
  std::optional<Dim> divided_by(const Dim& divisor) const;

  friend bool operator==(const Dim& a, const Dim& b);
  friend Dim operator+(const Dim& a, const Dim& b);
  friend Dim operator-(const Dim& a, const Dim& b);
  friend Dim operator*(const Dim& a, const Dim& b);
  /// Rounded towards minus and plus infinity; a divisor must be positive.
  friend Dim floordiv(const Dim& a, const Dim& b);
  friend Dim ceildiv(const Dim& a, const Dim& b);
  friend Dim max(const Dim& a, const Dim& b);
  friend Dim min(const Dim& a, const Dim& b);

 private:
  friend struct DimArithmetic;
  struct Polynomial;
  std::int64_t constant_ = 0;
  std::shared_ptr<const Polynomial> polynomial_;
};

using Dims = std::vector<Dim>;

/// `[batch, 12]`.
std::string dims_text(const Dims& dims);
Shape evaluate(const Dims& dims, const Binding& binding);
/// The product of all sizes.
Dim element_count(const Dims& dims);

/// What is known of a value before it is computed: dtype and symbolic shape.
struct Type {
  DType dtype = DType::float32;
  Dims shape;

  std::size_t rank() const { return shape.size(); }
  /// `float32 [batch, 12]`.
  std::string text() const;
  friend bool operator==(const Type&, const Type&) = default;
};

using Types = std::vector<Type>;

}  // namespace gradloom
