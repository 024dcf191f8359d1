// Joining of values into text, and the nearest known word to a misspelled one: what every error message is made with.
#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gradloom {

namespace text_detail {
inline void append(std::string& out, std::string_view part) { out += part; }
inline void append(std::string& out, const char* part) { out += part; }
inline void append(std::string& out, const std::string& part) { out += part; }
inline void append(std::string& out, char part) { out += part; }
inline void append(std::string& out, bool part) { out += part ? "true" : "false"; }
void append_number(std::string& out, double part);
template <std::integral T>
void append(std::string& out, T part) {
  out += std::to_string(part);
}
template <std::floating_point T>
void append(std::string& out, T part) {
  append_number(out, static_cast<double>(part));
}
template <class T>
requires requires(const T& t) {
  { t.text() } -> std::convertible_to<std::string>;
}
void append(std::string& out, const T& part) { out += part.text(); }
}  // namespace text_detail

/// The parts written one after another: strings, numbers, and anything with a `text()` method.
template <class... Parts>
std::string concat_text(const Parts&... parts) {
  std::string out;
  (text_detail::append(out, parts), ...);
  return out;
}

/// `a, b, c`.
std::string join(std::span<const std::string> parts, std::string_view separator = ", ");

/// `1 line`, `2 lines`.
std::string counted(std::uint64_t count, std::string_view what);

/// The shortest decimal text that reads back as exactly this number ("nan", "inf", "-inf" for those).
std::string number_text(double value);
std::string number_text(float value);

/// The candidate nearest to a misspelled name, or "" when none is near (more than a third of its letters differ).
std::string nearest_name(std::string_view name, std::span<const std::string> candidates);

/// `; did you mean "softmax"?`, or "" when no candidate is near.
std::string did_you_mean(std::string_view name, std::span<const std::string> candidates);

}  // namespace gradloom
