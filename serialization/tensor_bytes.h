// What every tensor file format asks of sizes and bytes before memory is taken for them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "tensor/tensor.h"

namespace gradloom {

/// More axes than NumPy, PyTorch or this engine use; a file with more is refused.
inline constexpr std::size_t max_file_rank = 64;

/// The bytes of a tensor, or nothing when they, or the product of the sizes that are not 0, go beyond int64.
std::optional<std::uint64_t> byte_count(std::span<const std::int64_t> shape, std::size_t element_bytes);

/// Throws a UserError (Fault::input) that begins with `place` when a byte of a bool tensor is neither 0 nor 1: as a C++
/// bool it would be undefined.
void check_bool_bytes(std::span<const std::byte> bytes, std::string_view place);

}  // namespace gradloom
