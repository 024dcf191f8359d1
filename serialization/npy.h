// One tensor in NumPy's .npy format (numpy.lib.format): how `gradloom run` takes inputs and gives outputs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>

#include "tensor/tensor.h"

namespace gradloom {

/// Reads a file of version 1.0, 2.0 or 3.0 with elements f4, f8, i4, i8 (either byte order) or b1, in C or Fortran
/// order, that take at most `limit` bytes; the tensor is row-major. Anything else is a UserError (Fault::input).
Tensor read_npy(const std::string& path, std::uint64_t limit = std::numeric_limits<std::uint64_t>::max());

/// The same from memory; `name` is what the errors call it.
Tensor parse_npy(std::span<const std::byte> bytes, const std::string& name);

/// Replaces the file whole or not at all (see write_file): the bytes that numpy.save writes, version 1.0, C order.
void write_npy(const std::string& path, const Tensor& tensor);

/// The bytes of such a file.
std::string npy_bytes(const Tensor& tensor);

}  // namespace gradloom
