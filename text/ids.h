// The three token ids that every vocabulary of Gradloom begins with.
#pragma once

#include <cstdint>

namespace gradloom {

inline constexpr std::int32_t padding_id = 0;
inline constexpr std::int32_t unknown_id = 1;
inline constexpr std::int32_t end_id = 2;

}  // namespace gradloom
