// Loops in their plainest form: what is handed in or out twice goes once, and small constants stand in the body, where
// the other passes see them.
#include <algorithm>

#include "runtime/passes.h"
#include "runtime/passes/rewriter.h"
#include "runtime/passes/scan_rewrite.h"

namespace gradloom {

namespace {

constexpr std::int64_t small_elements = 64;

// One loop taken apart and put together again.
class LoopTidier {
 public:
  LoopTidier(const Node& node, Graph& target) : node_(node), scan_(node), target_(target) {}

  // How many operands and results are spared.
  std::int64_t plan();
  Values build(Module& module);

 private:
  static bool is_small_constant(const Value& value) {
    return value.node().kind == NodeKind::constant && value.node().literal.size() <= small_elements;
  }
  // The first output that is the same value, kept in the same way.
  std::size_t first_equal_output(std::size_t output) const {
    std::size_t i = 0;
    while (scan_.body_output(i) != scan_.body_output(output) ||
           scan_.is_plain_output(i) != scan_.is_plain_output(output))
      ++i;
    return i;
  }
  Value add_slice(const Value& sequence, const Value& own, Graph& body);
  Value add_constant(const Value& constant, const Value& own, Graph& body);

  const Node& node_;
  ScanView scan_;
  Graph& target_;
  ScanParts parts_;
  Values slices_, constants_;  // of the new body
};

std::int64_t LoopTidier::plan() {
  std::int64_t spared = 0;
  for (std::size_t i = 0; i < scan_.num_sequences(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (scan_.sequence(i) == scan_.sequence(j)) {
        ++spared;
        break;
      }
  for (std::size_t i = 0; i < scan_.num_constants(); ++i) {
    bool is_spared = is_small_constant(scan_.constant(i));
    for (std::size_t j = 0; j < i; ++j) is_spared = is_spared || scan_.constant(i) == scan_.constant(j);
    spared += is_spared ? 1 : 0;
  }
  for (std::size_t i = 0; i < scan_.num_outputs(); ++i) spared += first_equal_output(i) == i ? 0 : 1;
  return spared;
}

Value LoopTidier::add_slice(const Value& sequence, const Value& own, Graph& body) {
  auto known = std::find(parts_.sequences.begin(), parts_.sequences.end(), sequence);
  if (known != parts_.sequences.end()) return slices_[static_cast<std::size_t>(known - parts_.sequences.begin())];
  parts_.sequences.push_back(sequence);
  slices_.push_back(append_input(body, own.node().name, own.type()));
  return slices_.back();
}

Value LoopTidier::add_constant(const Value& constant, const Value& own, Graph& body) {
  if (is_small_constant(constant)) return body.rename(body.constant(constant.node().literal), constant.node().name);
  auto known = std::find(parts_.constants.begin(), parts_.constants.end(), constant);
  if (known != parts_.constants.end()) return constants_[static_cast<std::size_t>(known - parts_.constants.begin())];
  parts_.constants.push_back(constant);
  constants_.push_back(append_input(body, own.node().name, own.type()));
  return constants_.back();
}

Values LoopTidier::build(Module& module) {
  Graph& body = module.add_body(scan_.body().name(), nullptr);
  parts_.body = &body;
  parts_.reverse = scan_.reverse();
  parts_.length = scan_.length();
  parts_.lengths = scan_.lengths();
  ValueMap map;
  for (std::size_t i = 0; i < scan_.num_carries(); ++i) {
    if (scan_.is_plain_carry(i)) parts_.plain_carries.push_back(static_cast<std::int64_t>(parts_.carries.size()));
    parts_.carries.push_back(scan_.carry(i));
    map[scan_.body_carry(i)] = append_input(body, scan_.body_carry(i).node().name, scan_.body_carry(i).type());
  }
  for (std::size_t i = 0; i < scan_.num_sequences(); ++i)
    map[scan_.body_slice(i)] = add_slice(scan_.sequence(i), scan_.body_slice(i), body);
  for (std::size_t i = 0; i < scan_.num_constants(); ++i)
    map[scan_.body_constant(i)] = add_constant(scan_.constant(i), scan_.body_constant(i), body);
  copy_nodes(scan_.body(), body, map);

  std::vector<std::size_t> result_of_output;
  for (std::size_t i = 0; i < scan_.num_carries(); ++i)
    body.output(scan_.body().outputs()[i].name, map.at(scan_.next_carry(i)));
  std::size_t count = 0;
  for (std::size_t i = 0; i < scan_.num_outputs(); ++i) {
    std::size_t first = first_equal_output(i);
    result_of_output.push_back(first == i ? count : result_of_output[first]);
    if (first != i) continue;
    if (scan_.is_plain_output(i)) parts_.plain_outputs.push_back(static_cast<std::int64_t>(count));
    body.output(scan_.body().outputs()[scan_.num_carries() + i].name, map.at(scan_.body_output(i)));
    ++count;
  }
  Values made = append_scan(target_, parts_, node_.name);
  Values results(made.begin(), made.begin() + static_cast<std::ptrdiff_t>(scan_.num_carries()));
  for (std::size_t output : result_of_output) results.push_back(made[scan_.num_carries() + output]);
  return results;
}

class Tidier : public Rewriter {
 public:
  std::int64_t spared = 0;

 protected:
  Values replace(const Graph&, std::int32_t, Node node, Graph& target) override {
    if (node.op != &scan_op) return append_node(node, target);
    LoopTidier tidier(node, target);
    std::int64_t found = tidier.plan();
    spared += found;
    return found > 0 ? tidier.build(target_module()) : append_node(node, target);
  }
};

}  // namespace

PassResult tidy_loops(std::unique_ptr<Module>& module, std::string_view function) {
  Tidier tidier;
  auto result = tidier.run(*module, function);
  if (tidier.spared == 0) return {};
  module = std::move(result);
  return {tidier.spared, concat_text("spared loops ", tidier.spared,
                                     tidier.spared == 1 ? " operand or result" : " operands or results")};
}

}  // namespace gradloom
