// The two kinds of sources, as declared in byte_source.h.
#include "serialization/byte_source.h"

#include <cstring>

namespace gradloom {

ByteSource source_of(const FileReader& file) {
  return {file.path(), file.size(),
          [&file](std::uint64_t offset, std::span<std::byte> to) { file.read_at(offset, to); }};
}

ByteSource source_of(std::span<const std::byte> bytes, std::string name) {
  return {std::move(name), bytes.size(), [bytes](std::uint64_t offset, std::span<std::byte> to) {
            ensure(offset <= bytes.size() && to.size() <= bytes.size() - offset,
                   "bytes beyond the memory were asked for");
            // An empty span may hold a null pointer, which memcpy must not get.
            if (!to.empty()) std::memcpy(to.data(), bytes.data() + offset, to.size());
          }};
}

}  // namespace gradloom
