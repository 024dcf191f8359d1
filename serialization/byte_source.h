// Where a reader of a binary format takes its bytes from, a file or memory, and what its errors call it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "base/error.h"
#include "serialization/file.h"

namespace gradloom {

struct ByteSource {
  std::string name;
  std::uint64_t size;
  /// Fills `to` with the bytes from `offset` on, which the caller has checked to be there.
  std::function<void(std::uint64_t offset, std::span<std::byte> to)> read_at;

  /// Throws a UserError (Fault::input), `NAME: ` and the joined parts, unless `condition` holds.
  template <class... Parts>
  void check(bool condition, const Parts&... parts) const {
    require(condition, Fault::input, name, ": ", parts...);
  }
};

/// The file or the bytes must outlive the source.
ByteSource source_of(const FileReader& file);
ByteSource source_of(std::span<const std::byte> bytes, std::string name);

}  // namespace gradloom
