// The packed ids, in memory first and then in a mapped temporary file, as declared in id_pairs.h.
#include "text/id_pairs.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>

#include "base/error.h"

namespace gradloom {

// The part of the ids that is not in memory. Written through a stream, read through a mapping that grows when needed.
struct IdPairs::Spill {
  std::FILE* file = std::tmpfile();
  std::int64_t written = 0;
  mutable void* mapping = nullptr;
  mutable std::size_t mapped = 0;

  Spill() = default;
  Spill(const Spill&) = delete;
  Spill& operator=(const Spill&) = delete;
  ~Spill() {
    unmap();
    if (file != nullptr) std::fclose(file);
  }

  void unmap() const {
    if (mapping != nullptr) munmap(mapping, mapped);
    mapping = nullptr;
  }

  static void fail(std::int64_t bytes) {
    throw UserError(concat_text("temporary file for ", bytes, " bytes of corpus: ", std::strerror(errno)),
                    Fault::system);
  }

  void write(std::span<const std::int32_t> ids) {
    if (ids.empty()) return;
    if (file == nullptr || std::fwrite(ids.data(), sizeof(std::int32_t), ids.size(), file) != ids.size())
      fail((written + static_cast<std::int64_t>(ids.size())) * 4);
    written += static_cast<std::int64_t>(ids.size());
  }

  const std::int32_t* read() const {
    auto bytes = static_cast<std::size_t>(written) * sizeof(std::int32_t);
    if (mapping == nullptr || mapped < bytes) {
      unmap();
      if (std::fflush(file) != 0) fail(written * 4);
      void* memory = mmap(nullptr, bytes, PROT_READ, MAP_SHARED, fileno(file), 0);
      if (memory == MAP_FAILED) fail(written * 4);
      mapping = memory;
      mapped = bytes;
    }
    return static_cast<const std::int32_t*>(mapping);
  }
};

IdPairs::IdPairs(std::int64_t memory_limit) : memory_limit_(memory_limit) {}
IdPairs::~IdPairs() = default;
IdPairs::IdPairs(IdPairs&&) noexcept = default;
IdPairs& IdPairs::operator=(IdPairs&&) noexcept = default;

void IdPairs::add(std::span<const std::int32_t> source, std::span<const std::int32_t> target) {
  constexpr std::size_t longest = std::numeric_limits<std::int32_t>::max();
  require(source.size() <= longest && target.size() <= longest, Fault::input, "sentence pair ", size() + 1, ": ",
          std::max(source.size(), target.size()), " tokens given, at most ", longest, " fit");
  auto count = static_cast<std::int64_t>(source.size() + target.size());
  if (spill_ == nullptr && (total_ + count) * 4 > memory_limit_) spill_ = std::make_unique<Spill>();
  for (auto side : {source, target}) {
    if (spill_ != nullptr)
      spill_->write(side);
    else
      ids_.insert(ids_.end(), side.begin(), side.end());
  }
  pairs_.push_back({total_, static_cast<std::int32_t>(source.size()), static_cast<std::int32_t>(target.size())});
  total_ += count;
}

const IdPairs::Place& IdPairs::place(std::int64_t pair) const {
  require(pair >= 0 && pair < size(), Fault::usage, "sentence pair ", pair, " given of ", size());
  return pairs_[static_cast<std::size_t>(pair)];
}

std::span<const std::int32_t> IdPairs::ids(std::int64_t begin, std::int32_t count) const {
  if (count == 0) return {};
  auto in_memory = static_cast<std::int64_t>(ids_.size());
  const std::int32_t* first = begin < in_memory ? ids_.data() + begin : spill_->read() + (begin - in_memory);
  return {first, static_cast<std::size_t>(count)};
}

std::span<const std::int32_t> IdPairs::source(std::int64_t pair) const {
  const auto& at = place(pair);
  return ids(at.begin, at.source_length);
}

std::span<const std::int32_t> IdPairs::target(std::int64_t pair) const {
  const auto& at = place(pair);
  return ids(at.begin + at.source_length, at.target_length);
}

}  // namespace gradloom
