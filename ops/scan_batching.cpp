// Batching of a loop: the body is batched as a whole, each carry that any batched value reaches with it.
#include "ops/scan.h"

namespace gradloom {

Values scan_batching(const Batching& b) {
  ScanView scan(b.inputs(), b.node().attributes);
  // With lengths the body's first axis is the batch, where the new axis would have to stand.
  if (scan.has_lengths()) return {};
  std::size_t carries = scan.num_carries(), sequences = scan.num_sequences();
  std::vector<bool> batched = b.all_batched();
  std::vector<bool> batched_results;
  ScanParts parts;
  Graph* body = nullptr;
  Values results;
  // Each round batches at least one carry more, so there are at most num_carries + 1 rounds.
  for (;;) {
    BodyScope scope(b.graph(), "scan");
    body = &scope.body();
    Values inputs, own_inputs;
    for (std::size_t i = 0; i < batched.size(); ++i) {
      Type type = scan.body().inputs()[i].type();
      if (batched[i]) type.shape.insert(type.shape.begin(), b.size());
      own_inputs.push_back(body->input(concat_text("input_", i), type.dtype, type.shape));
    }
    results = b.engine().batch(scan.body(), *body, own_inputs, batched, b.size(), batched_results);
    if (results.empty()) return {};
    bool grown = false;
    for (std::size_t i = 0; i < carries; ++i)
      if (batched_results[i] && !batched[i]) batched[i] = grown = true;
    if (!grown) break;
  }
  auto with_axis = [&](Value value) {
    Dims shape = value.shape();
    shape.insert(shape.begin(), b.size());
    return broadcast_to(value, std::move(shape));
  };
  body->reopen();
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (!batched_results[i] && (i >= carries || batched[i])) results[i] = with_axis(results[i]);
    body->output(concat_text(i < carries ? "carry_" : "output_", i < carries ? i : i - carries), results[i]);
  }
  for (std::size_t i = 0; i < b.num_inputs(); ++i) {
    Value input = b.input(i);
    bool had_axis = b.batched(i);
    if (i < carries) {
      parts.carries.push_back(batched[i] && !had_axis ? with_axis(input) : input);
    } else if (i < carries + sequences) {
      // [n, time, ...] -> [time, n, ...]
      Axes order;
      for (std::size_t axis = 0; axis < input.rank(); ++axis) order.push_back(static_cast<std::int64_t>(axis));
      if (had_axis) std::swap(order[0], order[1]);
      parts.sequences.push_back(had_axis ? transpose(input, order) : input);
    } else {
      parts.constants.push_back(input);
    }
  }
  parts.body = body;
  parts.reverse = scan.reverse();
  parts.length = scan.length();
  Values made = add_scan(b.graph(), parts);
  for (std::size_t i = 0; i < made.size(); ++i) {
    if (i >= carries) {
      Axes order;
      for (std::size_t axis = 0; axis < made[i].rank(); ++axis) order.push_back(static_cast<std::int64_t>(axis));
      std::swap(order[0], order[1]);
      made[i] = transpose(made[i], order);
    } else if (!batched[i]) {
      made[i] = with_axis(made[i]);
    }
  }
  return made;
}

}  // namespace gradloom
