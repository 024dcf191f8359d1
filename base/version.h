// The version of the library, by semantic versioning.
#pragma once

namespace gradloom {
inline constexpr const char* version = "0.1.0";
}  // namespace gradloom
