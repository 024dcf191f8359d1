// The families of import rules as one table. A new family needs its line here and in operators.h.
#include "serialization/onnx_import/operator_table.h"

#include <map>
#include <utility>

namespace gradloom {

namespace {

using Table = std::map<std::pair<std::string_view, std::string_view>, const ImportRule*>;

const Table& table() {
  static const Table rules = [] {
    Table all;
    for (auto family : {elementwise_imports, activation_imports, logic_imports, shape_imports, layout_imports,
                        indexing_imports, scattering_imports, constant_imports, control_imports, sequence_imports,
                        reduce_imports, norm_imports, softmax_imports, product_imports, window_imports, resize_imports,
                        recurrent_imports, loss_imports, optimizer_imports})
      for (const ImportRule& rule : family()) {
        bool is_new = all.emplace(std::pair(rule.domain, rule.op), &rule).second;
        ensure(is_new, "the operator ", rule.op, " has two import rules");
      }
    return all;
  }();
  return rules;
}

}  // namespace

const ImportRule* find_import_rule(std::string_view domain, std::string_view op) {
  auto found = table().find({domain, op});
  return found == table().end() ? nullptr : found->second;
}

std::vector<const ImportRule*> all_import_rules() {
  std::vector<const ImportRule*> rules;
  for (const auto& [name, rule] : table()) rules.push_back(rule);
  return rules;
}

}  // namespace gradloom
