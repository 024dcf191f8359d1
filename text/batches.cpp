// Sorting by length within pools, cutting into batches and padding them, as declared in batches.h.
#include "text/batches.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "text/draws.h"
#include "text/ids.h"

namespace gradloom {
namespace {

struct Lengths {
  std::int64_t source, target;  // the target's end token counted
};

Lengths lengths_of(const IdPairs& pairs, std::int64_t pair) {
  return {pairs.source_length(pair), pairs.target_length(pair) + 1};
}

void check(const IdPairs& pairs, const BatchOptions& options) {
  require((options.sentences > 0) != (options.tokens > 0) && options.sentences >= 0 && options.tokens >= 0,
          Fault::usage, "batches: ", options.sentences, " sentences and ", options.tokens,
          " tokens a batch given; one of them must be positive, the other 0");
  require(options.pool > 0, Fault::usage, "batches: a pool of ", options.pool, " pairs given, at least 1 needed");
  require(pairs.size() > 0, Fault::input, "batches: no sentence pair given");
}

// Sorts by target length, then by source length, up and down in turn: so the end of one target length and the beginning
// of the next have sources of like length.
void sort_by_length(const IdPairs& pairs, std::span<std::int64_t> rows) {
  std::ranges::stable_sort(rows, [&pairs](std::int64_t a, std::int64_t b) {
    auto [source_a, target_a] = lengths_of(pairs, a);
    auto [source_b, target_b] = lengths_of(pairs, b);
    if (target_a != target_b) return target_a < target_b;
    return target_a % 2 == 0 ? source_a < source_b : source_a > source_b;
  });
}

struct Cutter {
  const IdPairs& pairs;
  const BatchOptions& options;
  std::vector<std::int64_t> begins{};
  std::int64_t positions = 0, real = 0;

  // Cuts the rows [begin, end) of `order` into batches.
  void cut(std::span<const std::int64_t> order, std::int64_t begin, std::int64_t end) {
    Lengths longest{0, 0};
    std::int64_t first = begin;
    auto finish = [&](std::int64_t next) {
      begins.push_back(first);
      positions += (next - first) * (rounded_length(longest.source) + rounded_length(longest.target));
      first = next;
      longest = {0, 0};
    };
    for (std::int64_t i = begin; i < end; ++i) {
      auto [source, target] = lengths_of(pairs, order[static_cast<std::size_t>(i)]);
      real += source + target;
      std::int64_t rows = i - first + 1, widest = std::max({source, target, longest.source, longest.target});
      bool full = options.sentences > 0 ? rows > options.sentences : rows * rounded_length(widest) > options.tokens;
      if (full && rows > 1) finish(i);
      longest = {std::max(longest.source, source), std::max(longest.target, target)};
    }
    if (first < end) finish(end);
  }
};

BatchPlan arrange(const IdPairs& pairs, const BatchOptions& options, std::vector<std::int64_t> order,
                  std::int64_t pool) {
  Cutter cutter{pairs, options};
  auto total = static_cast<std::int64_t>(order.size());
  for (std::int64_t begin = 0; begin < total; begin += pool) {
    std::int64_t end = std::min(begin + pool, total);
    sort_by_length(pairs,
                   std::span(order).subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)));
    cutter.cut(order, begin, end);
  }
  cutter.begins.push_back(total);
  return {.pairs = std::move(order),
          .begins = std::move(cutter.begins),
          .padding = 1 - static_cast<double>(cutter.real) / static_cast<double>(cutter.positions)};
}

std::vector<std::int64_t> count_up(std::int64_t size) {
  std::vector<std::int64_t> all(static_cast<std::size_t>(size));
  std::iota(all.begin(), all.end(), std::int64_t{0});
  return all;
}

}  // namespace

std::int64_t rounded_length(std::int64_t length) {
  constexpr std::int64_t rungs = 8;
  std::int64_t step = 1;
  while (length > 2 * rungs * step) step *= 2;
  return (length + step - 1) / step * step;
}

Batch make_batch(const IdPairs& pairs, std::span<const std::int64_t> rows) {
  require(!rows.empty(), Fault::usage, "batch of 0 sentence pairs given, at least 1 needed");
  Lengths longest{0, 0};
  for (auto row : rows) {
    auto [source, target] = lengths_of(pairs, row);
    longest = {std::max(longest.source, source), std::max(longest.target, target)};
  }
  longest = {rounded_length(longest.source), rounded_length(longest.target)};
  auto count = static_cast<std::int64_t>(rows.size());
  Batch batch{.source = Tensor(DType::int32, {count, longest.source}),
              .source_lengths = Tensor(DType::int32, {count}),
              .target_in = Tensor(DType::int32, {count, longest.target}),
              .target_out = Tensor(DType::int32, {count, longest.target}),
              .target_lengths = Tensor(DType::int32, {count}),
              .pairs = {rows.begin(), rows.end()}};
  static_assert(padding_id == 0, "a new tensor holds zeros: padding");
  auto source = batch.source.mutable_values<std::int32_t>().begin();
  auto target_in = batch.target_in.mutable_values<std::int32_t>().begin();
  auto target_out = batch.target_out.mutable_values<std::int32_t>().begin();
  auto source_lengths = batch.source_lengths.mutable_values<std::int32_t>();
  auto target_lengths = batch.target_lengths.mutable_values<std::int32_t>();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto source_ids = pairs.source(rows[i]), target_ids = pairs.target(rows[i]);
    std::ranges::copy(source_ids, source);
    *target_in = end_id;
    std::ranges::copy(target_ids, target_in + 1);
    *std::ranges::copy(target_ids, target_out).out = end_id;
    source += longest.source;
    target_in += longest.target;
    target_out += longest.target;
    source_lengths[i] = static_cast<std::int32_t>(source_ids.size());
    target_lengths[i] = static_cast<std::int32_t>(target_ids.size() + 1);
    batch.source_tokens += source_lengths[i];
    batch.target_tokens += target_lengths[i];
  }
  return batch;
}

std::span<const std::int64_t> BatchPlan::rows(std::int64_t batch) const {
  require(batch >= 0 && batch < size(), Fault::usage, "batch ", batch, " given of ", size());
  auto index = static_cast<std::size_t>(batch);
  return std::span(pairs).subspan(static_cast<std::size_t>(begins[index]),
                                  static_cast<std::size_t>(begins[index + 1] - begins[index]));
}

BatchPlan plan_epoch(const IdPairs& pairs, const BatchOptions& options, std::int64_t epoch) {
  check(pairs, options);
  Draws draws(options.seed, static_cast<std::uint64_t>(epoch));
  auto order = count_up(pairs.size());
  draws.shuffle(std::span(order));
  BatchPlan sorted = arrange(pairs, options, std::move(order), options.pool);

  auto batches = count_up(sorted.size());
  draws.shuffle(std::span(batches));
  BatchPlan plan{.pairs = {}, .begins = {0}, .padding = sorted.padding};
  plan.pairs.reserve(sorted.pairs.size());
  for (auto batch : batches) {
    auto rows = sorted.rows(batch);
    plan.pairs.insert(plan.pairs.end(), rows.begin(), rows.end());
    plan.begins.push_back(static_cast<std::int64_t>(plan.pairs.size()));
  }
  return plan;
}

BatchPlan plan_by_length(const IdPairs& pairs, const BatchOptions& options) {
  check(pairs, options);
  return arrange(pairs, options, count_up(pairs.size()), pairs.size());
}

BatchSequence::BatchSequence(const IdPairs& pairs, const BatchOptions& options, BatchPosition position)
    : pairs_(pairs), options_(options), position_(position), plan_(plan_epoch(pairs, options, position.epoch)) {
  require(position.epoch >= 0 && position.batch >= 0 && position.batch < plan_.size(), Fault::input,
          "position in the data: batch ", position.batch, " of epoch ", position.epoch, " given; an epoch has ",
          plan_.size(), " batches");
}

Batch BatchSequence::next() {
  Batch batch = make_batch(pairs_, plan_.rows(position_.batch));
  if (++position_.batch == plan_.size()) {
    position_ = {position_.epoch + 1, 0};
    plan_ = plan_epoch(pairs_, options_, position_.epoch);
  }
  return batch;
}

}  // namespace gradloom
