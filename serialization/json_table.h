// The table that a JSON text is parsed into: one entry a value, in the order of the text, so that neither building nor
// destroying it recurses, and the place of a value is found by walking up. Shared by the parser and the reader only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "serialization/json_reader.h"

namespace gradloom {

inline constexpr std::uint32_t no_node = 0xffffffff;

/// How a number was written: an integer of at most 64 bits, a longer one, or with point, exponent or as -0; the text
/// of the last two is kept.
enum class NumberForm : std::uint8_t { negative, natural, beyond, decimal };

/// The first of the children, each of which names the next one, and how many there are.
struct ChildList {
  std::uint32_t first;
  std::uint32_t count;
};

/// A part of JsonTable::characters.
struct TextSpan {
  std::uint32_t begin = 0;
  std::uint32_t size = 0;
};

struct JsonNode {
  JsonKind kind = JsonKind::null;
  NumberForm form = NumberForm::natural;
  std::uint32_t parent = no_node;
  std::uint32_t next = no_node;
  std::uint32_t position = 0;
  TextSpan key;
  TextSpan text;
  union {
    std::int64_t integer;
    std::uint64_t natural = 0;
    double decimal;
    ChildList children;
  };
};

struct JsonTable {
  std::string name;
  std::vector<JsonNode> nodes;
  std::string characters;

  std::string_view part(TextSpan span) const { return std::string_view(characters).substr(span.begin, span.size); }
  std::string_view key(std::uint32_t index) const { return part(nodes[index].key); }
  std::string_view text(std::uint32_t index) const { return part(nodes[index].text); }
  std::string pointer(std::uint32_t index) const;
  /// `FILE: POINTER: `, or `FILE: ` for the whole text.
  std::string place(std::uint32_t index) const;
};

}  // namespace gradloom
