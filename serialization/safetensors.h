// Named tensors in the safetensors format (github.com/huggingface/safetensors), read and written to its letter, so that
// Python reads what we write, and nothing that a stranger wrote is trusted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tensor/tensor.h"

namespace gradloom {

using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

/// What one file holds. Read, the tensors are in the order of the header.
struct Safetensors {
  NamedTensors tensors;
  std::map<std::string, std::string> metadata;
};

/// Reads a file whose tensors take at most `limit` bytes. Whatever breaks a rule of the format, or has a dtype that no
/// tensor of ours holds, is a UserError (Fault::input) that names file and tensor, before memory is taken for it.
Safetensors read_safetensors(const std::string& path, std::uint64_t limit = std::numeric_limits<std::uint64_t>::max());

/// The same from memory; `name` is what the errors call it.
Safetensors parse_safetensors(std::span<const std::byte> bytes, const std::string& name);

/// Replaces the file whole or not at all (see write_file). The tensors are laid out by descending size of their
/// elements, then by name, whatever order they come in: the same tensors make the same bytes.
void write_safetensors(const std::string& path, const Safetensors& content);

/// The bytes of such a file.
std::string safetensors_bytes(const Safetensors& content);

}  // namespace gradloom
