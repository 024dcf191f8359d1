// Sizes without overflow and bools that are bools, as declared in tensor_bytes.h.
#include "serialization/tensor_bytes.h"

#include <algorithm>

namespace gradloom {

std::optional<std::uint64_t> byte_count(std::span<const std::int64_t> shape, std::size_t element_bytes) {
  auto bytes = static_cast<std::int64_t>(element_bytes);
  bool empty = false;
  for (std::int64_t size : shape) {
    if (size < 0) return std::nullopt;
    if (size == 0)
      empty = true;
    else if (__builtin_mul_overflow(bytes, size, &bytes))
      return std::nullopt;
  }
  return empty ? 0 : static_cast<std::uint64_t>(bytes);
}

void check_bool_bytes(std::span<const std::byte> bytes, std::string_view place) {
  auto wrong = std::find_if(bytes.begin(), bytes.end(), [](std::byte b) { return b > std::byte{1}; });
  if (wrong != bytes.end())
    throw UserError(concat_text(place, "element ", wrong - bytes.begin(), " is the byte ", std::to_integer<int>(*wrong),
                                ", but a bool is 0 or 1"),
                    Fault::input);
}

}  // namespace gradloom
