// The pieces that a writer of JSON puts together by hand, so that it decides the layout: strings and numbers, always
// the same bytes for the same value.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

namespace gradloom {

/// The text in quotes, only what must be escaped escaped. A UserError (Fault::input) when it is not UTF-8.
std::string json_string(std::string_view text);

/// The shortest text that reads back as exactly this number; "nan", "inf" and "-inf" in quotes, and -0.0 with its sign.
std::string json_number(double value);
std::string json_number(float value);
template <std::integral T>
requires(!std::same_as<T, bool>) std::string json_number(T value) { return std::to_string(value); }

}  // namespace gradloom
