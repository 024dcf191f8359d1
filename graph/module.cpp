// Variables, functions and bodies by name.
#include "graph/module.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.h"

namespace gradloom {

std::string_view name_of(Role role) {
  switch (role) {
    case Role::parameter:
      return "parameter";
    case Role::slot:
      return "slot";
    case Role::counter:
      return "counter";
    case Role::key:
      return "key";
  }
  return "";
}

Initializer glorot_uniform(std::int64_t rows, std::int64_t columns) {
  double bound = std::sqrt(6.0 / static_cast<double>(rows + columns));
  return uniform_fill(-bound, bound);
}

Type Variable::type() const { return {dtype, Dims(shape.begin(), shape.end())}; }

bool is_name(std::string_view name) {
  auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.' || c == '/' || c == '$';
  };
  return !name.empty() && name.size() <= 1024 && name.front() != '/' && name.back() != '/' &&
         std::all_of(name.begin(), name.end(), is_letter);
}

const Variable& Module::add_variable(Variable variable) {
  require(is_name(variable.name), Fault::usage, "variable \"", variable.name,
          "\": a name is made of letters, digits, _, -, . and /");
  require(!find_variable(variable.name), Fault::usage, "variable \"", variable.name, "\": the name is taken");
  element_count(variable.shape);
  variables_.push_back(std::move(variable));
  variables_by_name_.emplace(variables_.back().name, &variables_.back());
  return variables_.back();
}

const Variable* Module::find_variable(std::string_view name) const {
  auto found = variables_by_name_.find(name);
  return found == variables_by_name_.end() ? nullptr : found->second;
}

const Variable& Module::variable(std::string_view name) const {
  const Variable* found = find_variable(name);
  if (found) return *found;
  std::vector<std::string> names;
  for (const Variable& variable : variables_) names.push_back(variable.name);
  throw UserError(concat_text("no variable \"", name, "\"", did_you_mean(name, names)));
}

Graph& Module::add_function(std::string_view name) {
  require(is_name(name), Fault::usage, "function \"", name, "\": a name is made of letters, digits, _, -, . and /");
  require(!find_function(name), Fault::usage, "function \"", name, "\": the name is taken");
  functions_.push_back(std::make_unique<Graph>(*this, std::string(name), nullptr));
  return *functions_.back();
}

Graph* Module::find_function(std::string_view name) const {
  for (const auto& function : functions_)
    if (function->name() == name) return function.get();
  return nullptr;
}

Graph& Module::function(std::string_view name) const {
  if (Graph* found = find_function(name)) return *found;
  std::vector<std::string> names;
  for (const auto& function : functions_) names.push_back(function->name());
  std::string hint = did_you_mean(name, names);
  throw UserError(concat_text("no function \"", name, "\"", hint.empty() ? "; there is " + join(names) : hint));
}

Graph& Module::add_body(std::string_view name, Graph* parent) {
  std::string unique(name);
  std::int64_t& count = body_names_[unique];
  while (count++ > 0) {
    unique = concat_text(name, "_", count);
    if (body_names_.emplace(unique, 1).second) break;
  }
  bodies_.push_back(std::make_unique<Graph>(*this, std::move(unique), parent));
  return *bodies_.back();
}

std::vector<Body> reachable_bodies(const Graph& graph) {
  std::vector<Body> found;
  std::set<Body> seen;
  // Found bodies are searched in turn; the list grows at its end, so nesting costs no stack.
  auto search = [&](const Graph& in) {
    for (const Node& node : in.nodes())
      for (const auto& [name, attribute] : node.attributes)
        if (const Body* body = std::get_if<Body>(&attribute); body && *body && seen.insert(*body).second)
          found.push_back(*body);
  };
  search(graph);
  for (std::size_t i = 0; i < found.size(); ++i) search(*found[i]);
  return found;
}

}  // namespace gradloom
