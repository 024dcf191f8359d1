// Reads module.json, as declared in module_json.h: variables, then functions in order, bodies when a node refers to
// them.
#include "base/version.h"
#include "graph/verify.h"
#include "serialization/graph_reader.h"
#include "serialization/module_json.h"
#include "serialization/module_values.h"
#include "serialization/utf8.h"

namespace gradloom {

namespace {

void check_version(const JsonValue& root) {
  JsonValue format = root.at("format");
  if (format.as_string() != "gradloom-module")
    format.refuse("\"gradloom-module\" was expected, not \"", shown_text(format.as_string()), '"');
  JsonValue at = root.at("version");
  std::int64_t given = at.as_int64(1);
  if (given > module_format_version)
    at.refuse("version ", given, " needs a newer Gradloom; this one (", version, ") reads version ",
              module_format_version);
}

Role read_role(const JsonValue& value) {
  for (Role role : {Role::parameter, Role::slot, Role::counter, Role::key})
    if (value.as_string() == name_of(role)) return role;
  value.refuse("parameter, slot, counter or key was expected, not \"", shown_text(value.as_string()), '"');
}

Initializer read_initializer(const JsonValue& value) {
  value.allow_keys({"constant", "uniform", "normal"});
  auto members = value.members();
  if (members.size() != 1) value.refuse("one of constant, uniform and normal was expected, not ", members.size());
  const auto& [key, numbers] = members[0];
  if (key == "constant") return constant_fill(numbers.as_float64());
  std::vector<JsonValue> pair = numbers.elements();
  if (pair.size() != 2) numbers.refuse("two numbers were expected, not ", pair.size());
  Initializer initializer = uniform_fill(pair[0].as_float64(), pair[1].as_float64());
  if (key == "normal") initializer.kind = Initializer::Kind::normal;
  return initializer;
}

void read_variables(const JsonValue& at, Module& module, ElementBudget& budget, const ModuleLimits& limits) {
  auto members = at.members();
  if (members.size() > limits.variables)
    at.refuse(members.size(), " variables, more than the limit of ", limits.variables);
  for (const auto& [name, value] : members) {
    value.allow_keys({"dtype", "shape", "role", "initializer"});
    Variable variable;
    variable.name = checked_name(value, name);
    variable.dtype = read_dtype(value.at("dtype"));
    variable.shape = read_shape(value.at("shape"), limits.rank);
    budget.take(value, variable.shape);
    variable.role = read_role(value.at("role"));
    variable.initializer = read_initializer(value.at("initializer"));
    module.add_variable(std::move(variable));
  }
}

}  // namespace

std::unique_ptr<Module> read_module_json(std::string_view text, const std::string& name, const TensorMap& constants,
                                         const ModuleLimits& limits) {
  JsonDocument document = JsonDocument::parse(text, name, limits.json);
  JsonValue root = document.root();
  check_version(root);
  root.allow_keys({"format", "version", "variables", "functions", "bodies"});
  auto module = std::make_unique<Module>();
  ElementBudget budget(limits.elements);
  read_variables(root.at("variables"), *module, budget, limits);

  JsonValue functions = root.at("functions");
  BodyTable bodies(root.at("bodies"));
  if (std::size_t graphs = functions.members().size() + bodies.size(); graphs > limits.graphs)
    root.refuse(graphs, " functions and bodies, more than the limit of ", limits.graphs);
  GraphReader reader(*module, bodies, constants, budget, limits);
  for (const auto& [function, value] : functions.members())
    reader.read_function(value, module->add_function(checked_name(value, function)));
  bodies.check_all_used();
  verify(*module);
  return module;
}

}  // namespace gradloom
