// Loops that carry the same values over the same steps become one. `gradients` declares the forward loop again with
// more results (the residuals); this makes the two one.
#include <algorithm>
#include <map>

#include "runtime/passes.h"
#include "runtime/passes/interner.h"
#include "runtime/passes/rewriter.h"
#include "runtime/passes/scan_rewrite.h"

namespace gradloom {

namespace {

bool run_alike(const Node& a, const Node& b) {
  ScanView x(a), y(b);
  if (x.num_carries() != y.num_carries() || x.reverse() != y.reverse() || x.length() != y.length() ||
      x.has_lengths() != y.has_lengths() || (x.has_lengths() && x.lengths() != y.lengths()))
    return false;
  for (std::size_t i = 0; i < x.num_carries(); ++i)
    if (x.carry(i) != y.carry(i) || x.is_plain_carry(i) != y.is_plain_carry(i)) return false;
  // Without a carry nothing tells one loop from any other over the same steps.
  return x.num_carries() > 0;
}

// Two bodies in one, sharing every node they have in common.
class MergedLoop {
 public:
  explicit MergedLoop(Module& module, const ScanView& first, const std::string& name)
      : module_(module), body_(module.add_body(name, nullptr)), interner_(body_) {
    parts_.body = &body_;
    parts_.reverse = first.reverse();
    parts_.length = first.length();
  }

  // Adds a loop whose operands are given in the target; false when its carries take other values.
  bool add(const ScanView& scan, const Values& operands, std::vector<std::size_t>& results);
  Values finish(Graph& target, const Value& lengths, std::string_view name);

 private:
  Value operand(Values& known, Values& own, const Value& value, const Value& inner);
  void copy(const Graph& source, ValueMap& map);

  Module& module_;
  Graph& body_;
  Interner interner_;
  ScanParts parts_;
  Values carries_, slices_, constants_, next_, outputs_;
  std::vector<bool> plain_outputs_;
};

Value MergedLoop::operand(Values& known, Values& own, const Value& value, const Value& inner) {
  auto found = std::find(known.begin(), known.end(), value);
  if (found != known.end()) return own[static_cast<std::size_t>(found - known.begin())];
  known.push_back(value);
  own.push_back(append_input(body_, inner.node().name, inner.type()));
  return own.back();
}

void MergedLoop::copy(const Graph& source, ValueMap& map) {
  for (std::size_t i = 0; i < source.nodes().size(); ++i) {
    Node node = source.nodes()[i];
    if (node.kind == NodeKind::input) continue;
    Value first(const_cast<Graph&>(source), static_cast<std::int32_t>(i));
    if (node.kind == NodeKind::constant) {
      map[first] = interner_.append_constant(node);
      continue;
    }
    for (Value& input : node.inputs) input = map.at(input);
    for (const auto& [name, attribute] : source.nodes()[i].attributes)
      if (const Body* body = std::get_if<Body>(&attribute); body && *body)
        node.attributes.set(name, static_cast<Body>(&copy_body(**body, module_)));
    Values results = interner_.append(node);
    for (std::size_t j = 0; j < results.size(); ++j)
      map[Value(first.graph(), first.node_index(), static_cast<std::int32_t>(j))] = results[j];
  }
}

bool MergedLoop::add(const ScanView& scan, const Values& operands, std::vector<std::size_t>& results) {
  bool is_first = next_.empty();
  ValueMap map;
  std::size_t carries = scan.num_carries(), sequences = scan.num_sequences();
  for (std::size_t i = 0; i < carries; ++i) {
    if (is_first) {
      if (scan.is_plain_carry(i)) parts_.plain_carries.push_back(static_cast<std::int64_t>(i));
      parts_.carries.push_back(operands[i]);
      carries_.push_back(append_input(body_, scan.body_carry(i).node().name, scan.body_carry(i).type()));
    }
    map[scan.body_carry(i)] = carries_[i];
  }
  for (std::size_t i = 0; i < sequences; ++i)
    map[scan.body_slice(i)] = operand(parts_.sequences, slices_, operands[carries + i], scan.body_slice(i));
  for (std::size_t i = 0; i < scan.num_constants(); ++i)
    map[scan.body_constant(i)] =
        operand(parts_.constants, constants_, operands[carries + sequences + i], scan.body_constant(i));
  copy(scan.body(), map);
  Values next;
  for (std::size_t i = 0; i < carries; ++i) next.push_back(map.at(scan.next_carry(i)));
  if (!is_first && next != next_) return false;
  next_ = next;
  for (std::size_t i = 0; i < carries; ++i) results.push_back(i);
  for (std::size_t i = 0; i < scan.num_outputs(); ++i) {
    Value value = map.at(scan.body_output(i));
    std::size_t place = 0;
    while (place < outputs_.size() && (outputs_[place] != value || plain_outputs_[place] != scan.is_plain_output(i)))
      ++place;
    if (place == outputs_.size()) {
      if (scan.is_plain_output(i)) parts_.plain_outputs.push_back(static_cast<std::int64_t>(place));
      outputs_.push_back(value);
      plain_outputs_.push_back(scan.is_plain_output(i));
    }
    results.push_back(carries + place);
  }
  return true;
}

Values MergedLoop::finish(Graph& target, const Value& lengths, std::string_view name) {
  parts_.lengths = lengths;
  for (std::size_t i = 0; i < next_.size(); ++i) body_.output(concat_text("carry_", i), next_[i]);
  for (std::size_t i = 0; i < outputs_.size(); ++i) body_.output(concat_text("output_", i), outputs_[i]);
  Values order = carries_;
  order.insert(order.end(), slices_.begin(), slices_.end());
  order.insert(order.end(), constants_.begin(), constants_.end());
  body_.order_inputs(std::move(order));
  return append_scan(target, parts_, name);
}

class Merger : public Rewriter {
 public:
  std::int64_t merged = 0;

 protected:
  Values replace(const Graph& source, std::int32_t index, Node node, Graph& target) override {
    auto done = done_.find({&source, index});
    if (done != done_.end()) return done->second;
    if (node.op != &scan_op) return append_node(node, target);
    for (auto other = index + 1; other < static_cast<std::int32_t>(source.nodes().size()); ++other) {
      const Node& later = source.node(other);
      if (later.kind != NodeKind::operation || later.op != &scan_op || done_.contains({&source, other})) continue;
      // The second loop is run earlier than it was declared; its effects would be too.
      if (has_effects(later) || !run_alike(source.node(index), later)) continue;
      Values results;
      if (merge(source, index, other, node, target, results)) return results;
    }
    return append_node(node, target);
  }

 private:
  // Puts the merged loop where the first one stands, when the second one's operands are there by then.
  bool merge(const Graph& source, std::int32_t first, std::int32_t second, const Node& node, Graph& target,
             Values& results) {
    Values operands;
    for (const Value& input : source.node(second).inputs) {
      if (input.node_index() >= first) return false;
      operands.push_back(copied(input));
    }
    ScanView a(node), b(source.node(second));
    MergedLoop loop(target_module(), a, a.body().name());
    std::vector<std::size_t> places_a, places_b;
    if (!loop.add(a, node.inputs, places_a) || !loop.add(b, operands, places_b)) return false;
    Values made = loop.finish(target, a.lengths(), node.name);
    for (std::size_t place : places_a) results.push_back(made[place]);
    Values& later = done_[{&source, second}];
    for (std::size_t place : places_b) later.push_back(made[place]);
    ++merged;
    return true;
  }

  std::map<std::pair<const Graph*, std::int32_t>, Values> done_;
};

}  // namespace

PassResult merge_scans(std::unique_ptr<Module>& module, std::string_view function) {
  Merger merger;
  auto result = merger.run(*module, function);
  if (merger.merged == 0) return {};
  module = std::move(result);
  return {merger.merged, "merged " + count_text(merger.merged, "loop") + " into others"};
}

}  // namespace gradloom
