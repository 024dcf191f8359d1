// Global-norm clipping and Adam, written with ops/ops.h.
#include "training/optimizer.h"

#include "autodiff/gradients.h"
#include "base/error.h"
#include "ops/ops.h"

namespace gradloom {

namespace {

const Variable& declare_slot(Module& module, const std::string& name, const Variable& of) {
  if (const Variable* known = module.find_variable(name)) return *known;
  Variable slot;
  slot.name = name;
  slot.dtype = of.dtype;
  slot.shape = of.shape;
  slot.role = Role::slot;
  return module.add_variable(std::move(slot));
}

}  // namespace

void declare_counters(Module& module) {
  auto declare = [&](const char* name, Role role) {
    if (module.find_variable(name)) return;
    Variable variable;
    variable.name = name;
    variable.dtype = DType::int64;
    variable.role = role;
    module.add_variable(std::move(variable));
  };
  declare(step_variable, Role::counter);
  declare(key_variable, Role::key);
}

Clipped clip_by_global_norm(const Values& gradients, double limit) {
  require(!gradients.empty(), Fault::usage, "clip_by_global_norm: no gradient was given");
  require(limit >= 0, Fault::usage, "clip_by_global_norm: the limit is ", limit, " but must not be below 0");
  Scope scope(gradients[0].graph(), "clip");
  Value squares;
  for (const Value& gradient : gradients) {
    Value part = sum_of_squares(gradient);
    squares = squares ? squares + part : part;
  }
  Clipped clipped{gradients, sqrt(squares)};
  if (limit == 0) return clipped;
  Value factor = minimum(limit / (clipped.norm + 1e-6), scalar_like(clipped.norm, 1));
  for (Value& gradient : clipped.gradients) gradient = gradient * factor;
  return clipped;
}

Value minimize(Graph& graph, Value loss, Value learning_rate, const Adam& adam, double clip) {
  Module& module = graph.module();
  declare_counters(module);
  std::vector<Variable> parameters;
  Values values;
  for (const Variable& variable : module.variables())
    if (variable.role == Role::parameter && graph.find_node(variable.name) >= 0) {
      parameters.push_back(variable);
      values.push_back(graph.variable(variable.name));
    }
  require(!parameters.empty(), Fault::usage, "minimize: ", graph.name(), " reads no parameter");
  Clipped clipped = clip_by_global_norm(gradients(loss, values), clip);

  Scope scope(graph, "adam");
  Value count = graph.variable(step_variable) + 1;
  graph.update(step_variable, count);
  // In float64 whatever the model's dtype: 1 - 0.999^t loses half its digits in float32.
  Value t = cast(count, DType::float64);
  auto correction = [&](double beta) { return cast(1.0 - pow(scalar_like(t, beta), t), loss.dtype()); };
  Value rate = learning_rate / correction(adam.beta1);
  Value root_correction = sqrt(correction(adam.beta2));
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    Scope parameter_scope(graph, parameters[i].name);
    const Variable& first = declare_slot(module, "adam/first/" + parameters[i].name, parameters[i]);
    const Variable& second = declare_slot(module, "adam/second/" + parameters[i].name, parameters[i]);
    const Value& g = clipped.gradients[i];
    Value m = adam.beta1 * graph.variable(first.name) + (1 - adam.beta1) * g;
    Value v = adam.beta2 * graph.variable(second.name) + (1 - adam.beta2) * square(g);
    graph.update(first.name, m);
    graph.update(second.name, v);
    graph.update(parameters[i].name, values[i] - rate * m / (sqrt(v) / root_correction + adam.epsilon));
  }
  return clipped.norm;
}

}  // namespace gradloom
