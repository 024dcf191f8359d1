// Text that strangers wrote as part of XML and HTML: nothing in it can end an attribute or begin an element.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gradloom {

/// The text with `& < > " '` as entities. What neither XML nor HTML allows (control characters, bytes that are not
/// UTF-8, noncharacters) becomes U+FFFD.
std::string escape_markup(std::string_view text);

/// About how many columns the text takes in a font of even width: 2 for a wide East Asian character, 0 for a combining
/// mark.
std::int64_t column_count(std::string_view text);

/// The text when it takes at most `limit` columns, otherwise its beginning and `…` within them.
std::string shortened(std::string_view text, std::int64_t limit);

}  // namespace gradloom
