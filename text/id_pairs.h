// Sentence pairs as token ids, packed end to end; what is above a limit of memory lies in a temporary file, so that a
// corpus may be larger than the machine's memory.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace gradloom {

class IdPairs {
 public:
  /// Ids beyond `memory_limit` bytes go to an unnamed file in the system's folder for temporary files.
  explicit IdPairs(std::int64_t memory_limit = std::int64_t{1} << 30);
  ~IdPairs();
  IdPairs(IdPairs&&) noexcept;
  IdPairs& operator=(IdPairs&&) noexcept;

  /// A UserError (Fault::system) when the temporary file cannot be written.
  void add(std::span<const std::int32_t> source, std::span<const std::int32_t> target);

  std::int64_t size() const { return static_cast<std::int64_t>(pairs_.size()); }
  /// The ids of a sentence, without an end token. Valid until the next `add`.
  std::span<const std::int32_t> source(std::int64_t pair) const;
  std::span<const std::int32_t> target(std::int64_t pair) const;
  std::int64_t source_length(std::int64_t pair) const { return place(pair).source_length; }
  std::int64_t target_length(std::int64_t pair) const { return place(pair).target_length; }

 private:
  struct Place {
    std::int64_t begin;
    std::int32_t source_length, target_length;
  };
  struct Spill;

  const Place& place(std::int64_t pair) const;
  std::span<const std::int32_t> ids(std::int64_t begin, std::int32_t count) const;

  std::vector<Place> pairs_;
  std::vector<std::int32_t> ids_;
  std::int64_t memory_limit_, total_ = 0;
  std::unique_ptr<Spill> spill_;
};

}  // namespace gradloom
