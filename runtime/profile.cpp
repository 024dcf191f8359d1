// Gathering: one row a node, times without those of calls inside.
#include "runtime/profile.h"

#include <algorithm>

#include "base/error.h"
#include "ops/ops.h"
#include "runtime/product_ops.h"

namespace gradloom {

namespace {

double elements(const TensorView& view) { return static_cast<double>(view.size()); }

// A multiplication and an addition for each element of the result and of the contracted axes.
double product_operations(const Kernel& kernel) {
  if (!is_product(kernel.node())) return 0;
  const OpDef* op = kernel.node().op;
  bool is_masked = op == &active_product_op || (op == &product_with_sums_op && kernel.num_inputs() > 2);
  double operations = 2 * elements(kernel.output());
  if (is_masked) {
    std::span<const bool> active = kernel.input(2).as<bool>();
    if (active.empty()) return 0;
    operations *= static_cast<double>(std::count(active.begin(), active.end(), true)) / elements(kernel.input(2));
  }
  for (std::int64_t axis : kernel.attribute<std::vector<std::int64_t>>("contract_a"))
    operations *= static_cast<double>(kernel.input(0).shape[static_cast<std::size_t>(axis)]);
  return operations;
}

std::string shapes_text(const Kernel& kernel) {
  std::string text;
  for (std::size_t i = 0; i < kernel.num_inputs(); ++i) text += shape_text(kernel.input(i).shape) + " ";
  text += "->";
  for (std::size_t i = 0; i < kernel.num_outputs(); ++i) text += " " + shape_text(kernel.output(i).shape);
  return text;
}

}  // namespace

void Profile::begin_run(const Graph& function) {
  function_ = function.name();
  innermost_ = nullptr;
  run_begin_ = Clock::now();
}

void Profile::end_run() {
  seconds_ += std::chrono::duration<double>(Clock::now() - run_begin_).count();
  ++runs_;
}

Profile::Row& Profile::row_of(const Node& node, const Graph& graph) {
  Row*& row = row_of_node_[&node];
  if (row == nullptr) {
    row = &rows_.emplace_back();
    row->function = function_;
    row->graph = graph.name();
    row->name = node.name;
    row->op = node.op->name;
  }
  return *row;
}

Profile::Call::Call(Profile& profile, const Kernel& kernel, const Graph& graph)
    : profile_(profile), kernel_(kernel), row_(profile.row_of(kernel.node(), graph)), outer_(profile.innermost_) {
  profile_.innermost_ = this;
  begin_ = Clock::now();
}

Profile::Call::~Call() {
  Clock::duration time = Clock::now() - begin_;
  profile_.innermost_ = outer_;
  if (outer_ != nullptr) outer_->inside_ += time;
  row_.seconds += std::chrono::duration<double>(time - inside_).count();
  if (row_.calls++ == 0) row_.shapes = shapes_text(kernel_);
  row_.operations += product_operations(kernel_);
  for (std::size_t i = 0; i < kernel_.num_inputs(); ++i) row_.bytes += static_cast<double>(kernel_.input(i).bytes());
  for (std::size_t i = 0; i < kernel_.num_outputs(); ++i) row_.bytes += static_cast<double>(kernel_.output(i).bytes());
  if (profile_.events_.size() < profile_.most_events_)
    profile_.events_.push_back({&row_, begin_, time});
  else if (profile_.most_events_ > 0)
    ++profile_.left_out_;
}

}  // namespace gradloom
