// A loop of loads.
#include "training/read_rate.h"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "tensor/tensor.h"
#include "training/spread.h"

namespace gradloom {

namespace {
constexpr std::size_t words_at_once = 32;
constexpr int repetitions = 3;
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
  for (int i = 0; i < repetitions; ++i) {
    auto begin = std::chrono::steady_clock::now();
    std::uint64_t words[words_at_once] = {};
    for (std::size_t at = 0; at < words_; at += words_at_once)
      for (std::size_t j = 0; j < words_at_once; ++j) words[j] |= data[at + j];
    for (std::uint64_t word : words) seen_ |= word;
    double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    best = std::max(best, static_cast<double>(words_ * sizeof(std::uint64_t)) / seconds / 1e9);
  }
  if (seen_ != 0) rates_.push_back(best);
}

double ReadRate::median() const { return rates_.empty() ? 0 : spread_of(rates_).median; }

}  // namespace gradloom
