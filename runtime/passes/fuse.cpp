// fuse: chains of element-wise operations of one shape become one node that takes tiles through all of them, and pairs
// of others that read the same one that reads it once (runtime/passes/pairs.h). The last of the passes: what it makes
// is for running only.
#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <set>

#include "runtime/bound_fused.h"
#include "runtime/fused_op.h"
#include "runtime/passes.h"
#include "runtime/passes/pairs.h"
#include "runtime/passes/rewriter.h"

namespace gradloom {

namespace {

// Beyond these a group is left as it is: its operands and tiles must fit what runs it.
constexpr std::size_t most_nodes = 48;
constexpr std::size_t most_operands = 24;
// What else of a group may be read and written where it is: sides of concatenations, parts of rows handed on.
constexpr std::size_t most_sides = BoundFused::most_extents - most_nodes - most_operands;
// Parts of rows are read and written where they are when a tile of them is worth its overhead.
constexpr std::int64_t least_part = 64;

// Whether `split` or `concat` cuts the last axis of `whole` into parts of this shape.
bool has_parts_of(const Node& node, const Value& whole, const Dims& shape) {
  if (shape.empty() || node.attributes.get<std::int64_t>("axis") + 1 != static_cast<std::int64_t>(whole.rank()) ||
      !shape.back().is_constant() || shape.back().constant() < least_part)
    return false;
  const bool is_split = node.op->name == "split";
  for (std::size_t i = 0; i < (is_split ? node.types.size() : node.inputs.size()); ++i)
    if ((is_split ? node.types[i].shape : node.inputs[i].shape()) != shape) return false;
  return true;
}

bool is_op(const Node& node, std::string_view name) {
  return node.kind == NodeKind::operation && node.op->name == name;
}

// Nodes joined into groups such that the groups, taken as nodes, still have no cycle.
class Grouping {
 public:
  explicit Grouping(const Graph& graph)
      : graph_(graph), group_(graph.nodes().size()), members_(group_.size()), seen_(group_.size()) {
    std::iota(group_.begin(), group_.end(), std::size_t{0});
    for (std::size_t i = 0; i < group_.size(); ++i) members_[i] = {i};
    needed_ = needed_nodes(graph);
    join_pairs();
    for (std::size_t i = 0; i < group_.size(); ++i) {
      if (!joins(i)) continue;
      for (const Value& input : graph.nodes()[i].inputs) {
        auto producer = static_cast<std::size_t>(input.node_index());
        if (joins(producer) && same_shape(i, producer)) join(i, producer);
      }
    }
    join_sides();
  }

  // Whether tile functions can compute the node.
  bool joins(std::size_t node) const {
    return needed_[node] && can_fuse(graph_.nodes()[node]) && graph_.nodes()[node].types[0].rank() > 0;
  }
  std::size_t group_of(std::size_t node) const { return group_[node]; }
  bool is_needed(std::size_t node) const { return needed_[node]; }
  const std::vector<std::size_t>& members(std::size_t group) const { return members_[group]; }

  // Groups in an order in which each comes after what it reads.
  std::vector<std::size_t> ordered() const {
    std::vector<std::size_t> order;
    std::vector<int> state(group_.size());  // 0: not seen, 1: waits for its inputs, 2: done
    for (std::size_t i = 0; i < group_.size(); ++i) {
      std::vector<std::size_t> pending{group_[i]};
      while (!pending.empty()) {
        std::size_t group = pending.back();
        if (state[group] == 0) {
          state[group] = 1;
          for (std::size_t before : inputs_of(group))
            if (state[before] == 0) pending.push_back(before);
        } else {
          pending.pop_back();
          if (state[group] == 1) order.push_back(group);
          state[group] = 2;
        }
      }
    }
    return order;
  }

 private:
  bool same_shape(std::size_t a, std::size_t b) const {
    const Node &x = graph_.nodes()[a], &y = graph_.nodes()[b];
    return x.types[0].shape == y.types[0].shape && x.inputs.back().dtype() == y.inputs.back().dtype();
  }
  std::set<std::size_t> inputs_of(std::size_t group) const {
    std::set<std::size_t> result;
    for (std::size_t member : members_[group])
      for (const Value& input : graph_.nodes()[member].inputs)
        if (std::size_t from = group_[static_cast<std::size_t>(input.node_index())]; from != group) result.insert(from);
    return result;
  }
  std::size_t count_operands(const std::vector<std::size_t>& nodes) const {
    std::set<std::pair<std::int32_t, std::int32_t>> operands;
    for (std::size_t node : nodes)
      for (const Value& input : graph_.nodes()[node].inputs)
        if (std::find(nodes.begin(), nodes.end(), static_cast<std::size_t>(input.node_index())) == nodes.end())
          operands.emplace(input.node_index(), input.output_index());
    return operands.size();
  }
  // Where neither leads to the other.
  void join_pairs() {
    std::map<std::pair<std::int32_t, std::int32_t>, std::vector<std::size_t>> readers;  // of a value as operand 0
    for (std::size_t i = 0; i < group_.size(); ++i) {
      const Node& node = graph_.nodes()[i];
      if (!needed_[i] || node.kind != NodeKind::operation || node.inputs.empty()) continue;
      auto& others = readers[{node.inputs[0].node_index(), node.inputs[0].output_index()}];
      for (std::size_t other : others)
        if (group_[i] == i && members_[other].size() == 1 && is_pair(graph_.nodes()[other], node)) join(i, other);
      others.push_back(i);
    }
  }
  // What stands side by side in a concatenation, so that one group can write all of it.
  void join_sides() {
    for (std::size_t i = 0; i < group_.size(); ++i) {
      const Node& node = graph_.nodes()[i];
      if (!needed_[i] || !is_op(node, "concat")) continue;
      auto first = static_cast<std::size_t>(node.inputs[0].node_index());
      if (!has_parts_of(node, Value(const_cast<Graph&>(graph_), static_cast<std::int32_t>(i)), node.inputs[0].shape()))
        continue;
      bool all = std::all_of(node.inputs.begin(), node.inputs.end(), [&](const Value& side) {
        auto maker = static_cast<std::size_t>(side.node_index());
        return joins(maker) && same_shape(first, maker);
      });
      for (const Value& side : node.inputs)
        if (all) join(static_cast<std::size_t>(side.node_index()), first);
    }
  }
  // Whether `from` is reached from the inputs of `to` by a way that leads over a third group.
  bool reaches_around(std::size_t from, std::size_t to) {
    ++search_;
    pending_.clear();
    auto see_inputs = [&](std::size_t group) {
      for (std::size_t member : members_[group])
        for (const Value& input : graph_.nodes()[member].inputs) {
          std::size_t before = group_[static_cast<std::size_t>(input.node_index())];
          if (before == group || (group == to && before == from) || seen_[before] == search_) continue;
          seen_[before] = search_;
          pending_.push_back(before);
        }
    };
    see_inputs(to);
    while (!pending_.empty()) {
      std::size_t group = pending_.back();
      pending_.pop_back();
      if (group == from) return true;
      see_inputs(group);
    }
    return false;
  }
  void join(std::size_t node, std::size_t producer) {
    std::size_t a = group_[producer], b = group_[node];
    if (a == b || members_[a].size() + members_[b].size() > most_nodes) return;
    if (reaches_around(a, b) || reaches_around(b, a)) return;
    std::vector<std::size_t> joined = members_[a];
    joined.insert(joined.end(), members_[b].begin(), members_[b].end());
    std::sort(joined.begin(), joined.end());
    if (count_operands(joined) > most_operands) return;
    for (std::size_t member : members_[b]) group_[member] = a;
    members_[b].clear();
    members_[a] = std::move(joined);
  }

  const Graph& graph_;
  std::vector<std::size_t> group_;                 // of each node
  std::vector<std::vector<std::size_t>> members_;  // of each group, in order
  std::vector<bool> needed_;
  std::vector<int> seen_;  // the number of the last search that came by
  int search_ = 0;
  std::vector<std::size_t> pending_;
};

Value source_value(const Graph& graph, std::size_t node, std::size_t output = 0) {
  return Value(const_cast<Graph&>(graph), static_cast<std::int32_t>(node), static_cast<std::int32_t>(output));
}

// Copies a module, function by function, with groups in the place of their nodes.
class Fuser {
 public:
  std::unique_ptr<Module> run(const Module& module, std::string_view function) {
    module_ = module_with_variables(module);
    const Graph& source = module.function(function);
    copy(source, module_->add_function(source.name()));
    return std::move(module_);
  }
  std::int64_t nodes() const { return nodes_; }
  std::int64_t groups() const { return groups_; }

 private:
  void copy(const Graph& source, Graph& target) {
    ValueMap map;
    Grouping grouping(source);
    for (const Value& input : source.inputs()) map[input] = Value(target, target.append(input.node()));
    for (std::size_t group : grouping.ordered()) {
      const auto& members = grouping.members(group);
      const Node& first = source.nodes()[members.front()];
      // What nobody needs may read what a group keeps to itself; a concatenation may have come with its group.
      if (first.kind == NodeKind::input || !grouping.is_needed(members.front()) ||
          map.contains(source_value(source, members.front())))
        continue;
      if (first.kind != NodeKind::operation) {
        copy_node(source, static_cast<std::int32_t>(members.front()), target, map);
      } else if (members.size() == 2 && is_pair(first, source.nodes()[members[1]])) {
        append_joined(source, members, target, map);
      } else if (members.size() > 1 || grouping.joins(members.front())) {
        // A node by itself gains as well: its kernel is written for reading, the tile functions for speed.
        append_group(source, grouping, group, target, map);
      } else {
        Node node = first;
        for (Value& input : node.inputs) input = map.at(input);
        for (const auto& [name, attribute] : first.attributes)
          if (const Body* body = std::get_if<Body>(&attribute); body && *body)
            node.attributes.set(name,
                                node.op == &fused_op ? static_cast<Body>(&copy_body(**body, *module_)) : copied(*body));
        Values results = append_node(node, target);
        for (std::size_t j = 0; j < results.size(); ++j) map[source_value(source, members.front(), j)] = results[j];
      }
    }
    for (const NamedValue& output : source.outputs()) target.output(output.name, map.at(output.value));
    for (const NamedValue& update : source.updates()) target.update(update.name, map.at(update.value));
  }

  Body copied(Body body) {
    auto found = bodies_.find(body);
    if (found != bodies_.end()) return found->second;
    Graph& target = module_->add_body(body->name(), nullptr);
    copy(*body, target);
    return bodies_[body] = &target;
  }

  void append_group(const Graph& source, const Grouping& grouping, std::size_t group, Graph& target, ValueMap& map) {
    const auto& members = grouping.members(group);
    const Dims& shape = source.nodes()[members[0]].types[0].shape;
    Graph& body = module_->add_body(target.name() + "/fused", nullptr);
    ValueMap inside;
    Values operands;
    std::vector<std::int64_t> parts, joined;
    auto add_operand = [&](const Value& input) {
      if (inside.contains(input)) return;
      inside[input] = append_input(body, input.node().name, input.type());
      const Node& maker = input.node();
      bool is_part = is_op(maker, "split") && has_parts_of(maker, maker.inputs[0], shape);
      operands.push_back(map.at(is_part ? maker.inputs[0] : input));
      parts.push_back(is_part ? input.output_index() : -1);
    };
    for (std::size_t member : members) {
      for (const Value& input : source.nodes()[member].inputs) add_operand(input);
      copy_node(source, static_cast<std::int32_t>(member), body, inside);
    }
    Values taken = parts_taken(source, grouping, group);
    // A part that is handed on is an operand and a result.
    std::vector<std::size_t> results, joins = joined_by(source, grouping, group, most_sides - 2 * taken.size());
    for (std::size_t member : members)
      if (is_needed_outside(source, grouping, member, joins)) results.push_back(member);
    auto add_output = [&](const Value& value) {
      body.output(concat_text("result_", body.outputs().size()), inside.at(value));
    };
    for (std::size_t result : results) {
      add_output(source_value(source, result));
      joined.push_back(1);
    }
    for (const Value& part : taken) {
      add_operand(part);
      add_output(part);
      joined.push_back(1);
    }
    for (std::size_t join : joins) {
      const Values& sides = source.nodes()[join].inputs;
      for (const Value& side : sides) add_output(side);
      joined.push_back(static_cast<std::int64_t>(sides.size()));
    }
    Values made = target.append_operation(
        fused_op, operands,
        {{"body", static_cast<Body>(&body)}, {"shape", shape}, {"parts", parts}, {"joined", joined}},
        source.nodes()[members.back()].name);
    auto next = made.begin();
    for (std::size_t result : results) map[source_value(source, result)] = *next++;
    for (const Value& part : taken) map[part] = *next++;
    for (std::size_t join : joins) map[source_value(source, join)] = *next++;
    nodes_ += static_cast<std::int64_t>(members.size());
    ++groups_;
  }

  void append_joined(const Graph& source, const std::vector<std::size_t>& members, Graph& target, ValueMap& map) {
    std::array<Value, 2> made = append_pair(source.nodes()[members[0]], source.nodes()[members[1]], map, target);
    for (std::size_t i = 0; i < made.size(); ++i) map[source_value(source, members[i])] = made[i];
    nodes_ += 2;
    ++groups_;
  }

  // Parts that the graph returns as they are, of a split that is read by the group and by nothing else: as results of
  // the group they cost no pass of their own.
  Values parts_taken(const Graph& source, const Grouping& grouping, std::size_t group) {
    Values taken;
    const Dims& shape = source.nodes()[grouping.members(group)[0]].types[0].shape;
    std::set<std::size_t> splits;
    for (std::size_t member : grouping.members(group))
      for (const Value& input : source.nodes()[member].inputs)
        if (is_op(input.node(), "split") && has_parts_of(input.node(), input.node().inputs[0], shape))
          splits.insert(static_cast<std::size_t>(input.node_index()));
    for (std::size_t split : splits) {
      const auto& users = uses_in(source)[split];
      bool is_own = std::all_of(users.begin(), users.end(),
                                [&](std::size_t user) { return user == no_node || grouping.group_of(user) == group; });
      for (std::size_t part = 0; is_own && part < source.nodes()[split].types.size(); ++part) {
        Value value = source_value(source, split, part);
        auto is_returned = [&](const std::vector<NamedValue>& results) {
          return std::any_of(results.begin(), results.end(), [&](const NamedValue& r) { return r.value == value; });
        };
        bool has_room = 2 * taken.size() + 2 <= most_sides;
        if (has_room && (is_returned(source.outputs()) || is_returned(source.updates()))) taken.push_back(value);
      }
    }
    return taken;
  }

  // Concatenations of nothing but the group's results, each side by side with the others, while there is room for them.
  std::vector<std::size_t> joined_by(const Graph& source, const Grouping& grouping, std::size_t group,
                                     std::size_t room) {
    std::vector<std::size_t> joins;
    const Dims& shape = source.nodes()[grouping.members(group)[0]].types[0].shape;
    for (std::size_t member : grouping.members(group))
      for (std::size_t user : uses_in(source)[member]) {
        if (user == no_node || !is_op(source.nodes()[user], "concat")) continue;
        const Node& node = source.nodes()[user];
        bool is_own = has_parts_of(node, source_value(source, user), shape);
        for (const Value& side : node.inputs)
          is_own = is_own && grouping.group_of(static_cast<std::size_t>(side.node_index())) == group;
        if (!is_own || node.inputs.size() > room || std::find(joins.begin(), joins.end(), user) != joins.end())
          continue;
        joins.push_back(user);
        room -= node.inputs.size();
      }
    return joins;
  }

  bool is_needed_outside(const Graph& source, const Grouping& grouping, std::size_t member,
                         const std::vector<std::size_t>& joins) {
    for (std::size_t user : uses_in(source)[member])
      if (user == no_node || (grouping.group_of(user) != grouping.group_of(member) &&
                              std::find(joins.begin(), joins.end(), user) == joins.end()))
        return true;
    return false;
  }
  const std::vector<std::vector<std::size_t>>& uses_in(const Graph& source) {
    if (uses_.first != &source) uses_ = {&source, find_uses(source)};
    return uses_.second;
  }
  static constexpr std::size_t no_node = std::size_t(-1);
  static std::vector<std::vector<std::size_t>> find_uses(const Graph& graph) {
    std::vector<std::vector<std::size_t>> uses(graph.nodes().size());
    std::vector<bool> needed = needed_nodes(graph);
    for (std::size_t i = 0; i < uses.size(); ++i)
      if (needed[i])
        for (const Value& input : graph.nodes()[i].inputs)
          uses[static_cast<std::size_t>(input.node_index())].push_back(i);
    for (const auto* results : {&graph.outputs(), &graph.updates()})
      for (const NamedValue& result : *results)
        uses[static_cast<std::size_t>(result.value.node_index())].push_back(no_node);
    return uses;
  }

  std::unique_ptr<Module> module_;
  std::map<Body, Body> bodies_;
  std::pair<const Graph*, std::vector<std::vector<std::size_t>>> uses_;
  std::int64_t nodes_ = 0, groups_ = 0;
};

}  // namespace

PassResult fuse(std::unique_ptr<Module>& module, std::string_view function) {
  Fuser pass;
  auto rewritten = pass.run(*module, function);
  if (pass.groups() == 0) return {};
  module = std::move(rewritten);
  drop_unused(module, function);  // what was cut apart for groups that read the parts where they are
  return {pass.groups(), concat_text("joined ", count_text(pass.nodes(), "node"), " into ", pass.groups(),
                                     pass.groups() == 1 ? " group" : " groups")};
}

}  // namespace gradloom
