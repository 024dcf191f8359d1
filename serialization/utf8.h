// Where a text stops being UTF-8, and how a message shows text that a stranger wrote: asked by every reader of files,
// so that broken bytes neither enter the engine nor leave it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gradloom {

/// The number of bytes before the first sequence that is not UTF-8 (overlong forms, surrogates and code points above
/// U+10FFFF are not); the size of the text when all of it is.
std::size_t utf8_prefix(std::string_view text);

/// At most `limit` bytes of a text for a message ("..." stands for the rest): control characters as `\u000a`, bytes
/// that are not UTF-8 as `\xff`.
std::string shown_text(std::string_view text, std::size_t limit = 80);

}  // namespace gradloom
