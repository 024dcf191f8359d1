// Loops of loads: from one place, which caches serve fastest, and from four, as one stream does not keep memory busy.
#include "training/read_rate.h"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "tensor/tensor.h"
#include "training/spread.h"

namespace gradloom {

namespace {

constexpr std::size_t words_at_once = 32;  // buffers are a multiple of it
constexpr int repetitions = 3;

// `count` words as so many streams, some words of each at a time: as many as registers hold.
template <std::size_t streams, std::size_t words>
std::uint64_t read_streams(const std::uint64_t* data, std::size_t count) {
  std::uint64_t seen[streams][words] = {};
  const std::size_t length = count / streams;
  for (std::size_t at = 0; at < length; at += words)
    for (std::size_t stream = 0; stream < streams; ++stream)
      for (std::size_t i = 0; i < words; ++i) seen[stream][i] |= data[stream * length + at + i];
  std::uint64_t all = 0;
  for (const auto& stream : seen)
    for (std::uint64_t word : stream) all |= word;
  return all;
}

}  // namespace

ReadRate::ReadRate(std::size_t bytes)
    : words_((bytes / sizeof(std::uint64_t) + words_at_once) / words_at_once * words_at_once),
      memory_(allocate_bytes(words_ * sizeof(std::uint64_t))) {
  // Pages that were never written are all one page.
  std::memset(memory_.get(), 1, words_ * sizeof(std::uint64_t));
}

void ReadRate::measure() {
  const auto* data = reinterpret_cast<const std::uint64_t*>(memory_.get());
  double best = 0;
  for (auto read : {read_streams<1, 16>, read_streams<4, 4>})
    for (int i = 0; i < repetitions; ++i) {
      auto begin = std::chrono::steady_clock::now();
      seen_ |= read(data, words_);
      double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
      best = std::max(best, static_cast<double>(words_ * sizeof(std::uint64_t)) / seconds / 1e9);
    }
  if (seen_ != 0) rates_.push_back(best);
}

double ReadRate::median() const { return rates_.empty() ? 0 : spread_of(rates_).median; }

}  // namespace gradloom
