// All families in one list, and the operations by name.
#include "ops/registry.h"

#include <algorithm>
#include <map>
#include <string>

#include "base/error.h"
#include "ops/families.h"

namespace gradloom {

namespace {

using OpsByName = std::map<std::string_view, const OpDef*>;

const OpsByName& ops_by_name() {
  static const OpsByName ops = [] {
    OpsByName by_name;
    for (const OpDef* op : all_ops()) {
      bool is_new = by_name.emplace(op->name, op).second;
      ensure(is_new, "two operations are named ", op->name);
    }
    return by_name;
  }();
  return ops;
}

}  // namespace

std::span<const OpFamily> op_families() {
  static const OpFamily families[] = {
      {"arithmetic of two", arithmetic_ops()},
      {"arithmetic of one", unary_arithmetic_ops()},
      {"functions", math_ops()},
      {"inverse and hyperbolic functions", inverse_ops()},
      {"activations", activation_ops()},
      {"rectifiers", rectifier_ops()},
      {"comparison and choice", comparison_ops()},
      {"products", product_ops()},
      {"reductions", reduction_ops()},
      {"sums of squares", square_reduction_ops()},
      {"norms and products over axes", norm_reduction_ops()},
      {"truth over axes", logic_reduction_ops()},
      {"order", order_ops()},
      {"layout", layout_ops()},
      {"joining and cutting", join_ops()},
      {"indexing", indexing_ops()},
      {"scattering", scattering_ops()},
      {"random draws", random_ops()},
      {"softmax", softmax_ops()},
      {"normalisation", normalisation_ops()},
      {"losses", loss_ops()},
      {"control", control_ops()},
      {"branches", branch_ops()},
      {"debugging", debug_ops()},
  };
  return families;
}

std::vector<const OpDef*> all_ops() {
  std::vector<const OpDef*> ops;
  for (const OpFamily& family : op_families()) ops.insert(ops.end(), family.ops.begin(), family.ops.end());
  return ops;
}

const OpDef* find_op(std::string_view name) {
  auto found = ops_by_name().find(name);
  return found == ops_by_name().end() ? nullptr : found->second;
}

const OpDef& op_named(std::string_view name) {
  if (const OpDef* found = find_op(name)) return *found;
  std::vector<std::string> names;
  for (const auto& [known, op] : ops_by_name()) {
    // Who knows ONNX writes its names.
    if (!op->onnx.empty() && op->onnx == name)
      throw UserError(concat_text("no op \"", name, "\"; did you mean \"", known, "\"?"));
    names.emplace_back(known);
  }
  throw UserError(concat_text("no op \"", name, "\"", did_you_mean(name, names)));
}

}  // namespace gradloom
