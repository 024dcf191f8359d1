// SHA-256 (FIPS 180-4), so that a model's config can say exactly which corpus it was trained on. A hundred lines of our
// own cost a small build less than a cryptography library.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace gradloom {

/// The hash of bytes that come piece by piece.
class Sha256 {
 public:
  void add(std::span<const std::byte> bytes);
  /// 64 hexadecimal digits; the object is spent then.
  std::string finish();

 private:
  void add_block(const std::byte* block);

  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::byte, 64> block_{};
  std::uint64_t size_ = 0;
};

std::string sha256_of(std::span<const std::byte> bytes);

/// The hash of a file, which is read piece by piece. A UserError (Fault::input) when it cannot be read.
std::string sha256_of_file(const std::string& path);

}  // namespace gradloom
