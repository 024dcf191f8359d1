// A strict reader of JSON that a stranger may have written, into a flat table of values: bounded in depth, count and
// bytes, numbers kept exactly as written. Every error names the file and the JSON pointer of the place.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace gradloom {

/// What a reader takes at most; beyond any of them the text is refused (Fault::input).
struct JsonLimits {
  std::size_t input_bytes = std::size_t{64} << 20;
  std::size_t depth = 64;
  std::size_t values = 4'000'000;
  /// One string, key or number as it was written.
  std::size_t string_bytes = std::size_t{1} << 20;
};

enum class JsonKind : std::uint8_t { null, boolean, number, string, array, object };

struct JsonTable;

/// One value of a JsonDocument, which must outlive it. The typed readers throw a UserError (Fault::input) that names
/// the place when the value is of another kind.
class JsonValue {
 public:
  JsonKind kind() const;
  bool is_null() const { return kind() == JsonKind::null; }
  bool is_string() const { return kind() == JsonKind::string; }
  bool is_array() const { return kind() == JsonKind::array; }
  bool is_object() const { return kind() == JsonKind::object; }

  bool as_bool() const;
  std::string_view as_string() const;
  /// A number written without point and exponent, between the two bounds.
  std::int64_t as_int64(std::int64_t low = std::numeric_limits<std::int64_t>::min(),
                        std::int64_t high = std::numeric_limits<std::int64_t>::max()) const;
  std::uint64_t as_uint64() const;
  /// The float64 nearest to a number, which is always finite.
  double as_number() const;
  /// A number, or one of the strings "nan", "inf" and "-inf".
  double as_float64() const;
  /// The same, rounded once from the decimal text: what the shortest text of a float reads back as.
  float as_float32() const;

  /// The number of elements or members.
  std::size_t size() const;
  std::vector<JsonValue> elements() const;
  /// The keys and values in the order of the text.
  std::vector<std::pair<std::string_view, JsonValue>> members() const;
  /// The member with this key, looked for one after another: for objects with a known set of keys.
  std::optional<JsonValue> find(std::string_view key) const;
  /// The member with this key; an error that lists the keys there are when it is missing.
  JsonValue at(std::string_view key) const;
  /// Refuses the first key that is none of these.
  void allow_keys(std::span<const std::string> known) const;
  void allow_keys(std::initializer_list<const char*> known) const;

  /// `/functions/loss/nodes/3` (RFC 6901); "" for the whole text.
  std::string pointer() const;
  /// Throws a UserError (Fault::input): `FILE: POINTER: ` and the joined parts.
  template <class... Parts>
  [[noreturn]] void refuse(const Parts&... parts) const {
    throw UserError(place() + concat_text(parts...), Fault::input);
  }

 private:
  friend class JsonDocument;
  JsonValue(const JsonTable* table, std::uint32_t index) : table_(table), index_(index) {}
  std::string place() const;
  void expect(JsonKind kind) const;
  std::string number_as_written() const;

  const JsonTable* table_;
  std::uint32_t index_;
};

/// The parsed text. Copies share the table.
class JsonDocument {
 public:
  /// Parses a whole text; `name` is what the errors call it. Refused with line and column: what is not JSON (RFC 8259),
  /// a byte order mark, bytes that are not UTF-8, anything behind the value. Refused with the place: equal keys,
  /// anything beyond the limits.
  static JsonDocument parse(std::string_view text, std::string name, const JsonLimits& limits = {});

  JsonValue root() const& { return {table_.get(), 0}; }
  JsonValue root() const&& = delete;

 private:
  explicit JsonDocument(std::shared_ptr<const JsonTable> table) : table_(std::move(table)) {}
  std::shared_ptr<const JsonTable> table_;
};

}  // namespace gradloom
