// Global-norm clipping, Adam and gradient descent, written with ops/ops.h.
#include "training/optimizer.h"

#include <algorithm>

#include "autodiff/gradients.h"
#include "base/error.h"
#include "ops/ops.h"

namespace gradloom {

namespace {

constexpr const char* token_sum = "accumulated_tokens";

void declare_counter(Module& module, const char* name, Role role) {
  if (module.find_variable(name)) return;
  Variable variable;
  variable.name = name;
  variable.dtype = DType::int64;
  variable.role = role;
  module.add_variable(std::move(variable));
}

const Variable& declare_slot(Module& module, const std::string& name, const Variable& of) {
  if (const Variable* known = module.find_variable(name)) return *known;
  Variable slot;
  slot.name = name;
  slot.dtype = of.dtype;
  slot.shape = of.shape;
  slot.role = Role::slot;
  return module.add_variable(std::move(slot));
}

// The parameters that a function reads: what they are, their values, and what is to be subtracted from each.
struct Descent {
  std::vector<Variable> parameters;
  Values values, gradients;
};

Descent descent_of(Graph& graph, Value loss) {
  Descent descent;
  for (const Variable& variable : graph.module().variables())
    if (variable.role == Role::parameter && graph.find_node(variable.name) >= 0) {
      descent.parameters.push_back(variable);
      descent.values.push_back(graph.variable(variable.name));
    }
  require(!descent.parameters.empty(), Fault::usage, "minimize: ", graph.name(), " reads no parameter");
  descent.gradients = gradients(loss, descent.values);
  return descent;
}

// Declares the next value of each parameter.
class Updates {
 public:
  Updates(Graph& graph, const Descent& descent, Value learning_rate, Value count)
      : graph_(graph), descent_(descent), learning_rate_(learning_rate), count_(count) {}

  void operator()(const Adam& adam) const {
    // In float64 whatever the model's dtype: 1 - 0.999^t loses half its digits in float32.
    Value t = cast(count_, DType::float64);
    auto correction = [&](double beta) { return cast(1.0 - pow(scalar_like(t, beta), t), learning_rate_.dtype()); };
    Value rate = learning_rate_ / correction(adam.beta1);
    Value root_correction = sqrt(correction(adam.beta2));
    for (std::size_t i = 0; i < descent_.parameters.size(); ++i) {
      const Variable& parameter = descent_.parameters[i];
      Scope scope(graph_, parameter.name);
      const Variable& first = declare_slot(graph_.module(), "adam/first/" + parameter.name, parameter);
      const Variable& second = declare_slot(graph_.module(), "adam/second/" + parameter.name, parameter);
      const Value& g = descent_.gradients[i];
      Value m = adam.beta1 * graph_.variable(first.name) + (1 - adam.beta1) * g;
      Value v = adam.beta2 * graph_.variable(second.name) + (1 - adam.beta2) * square(g);
      graph_.update(first.name, m);
      graph_.update(second.name, v);
      Value kept = descent_.values[i];
      if (adam.weight_decay > 0 && parameter.shape.size() >= 2)
        kept = kept * (1.0 - learning_rate_ * adam.weight_decay);
      graph_.update(parameter.name, kept - rate * m / (sqrt(v) / root_correction + adam.epsilon));
    }
  }

  void operator()(const GradientDescent& descent) const {
    for (std::size_t i = 0; i < descent_.parameters.size(); ++i) {
      const Variable& parameter = descent_.parameters[i];
      Scope scope(graph_, parameter.name);
      Value v = descent_.gradients[i];
      if (descent.momentum > 0) {
        const Variable& slot = declare_slot(graph_.module(), "momentum/" + parameter.name, parameter);
        v = descent.momentum * graph_.variable(slot.name) + v;
        graph_.update(slot.name, v);
      }
      graph_.update(parameter.name, descent_.values[i] - learning_rate_ * v);
    }
  }

 private:
  Graph& graph_;
  const Descent& descent_;
  Value learning_rate_, count_;
};

// Clips the gradients and declares what becomes of the parameters; the norm before.
Value descend(Graph& graph, Descent descent, Value learning_rate, const Optimizer& optimizer, double clip) {
  declare_counters(graph.module());
  Clipped clipped = clip_by_global_norm(descent.gradients, clip);
  descent.gradients = clipped.gradients;
  Scope scope(graph, std::holds_alternative<Adam>(optimizer) ? "adam" : "gradient_descent");
  Value count = graph.variable(step_variable) + 1;
  graph.update(step_variable, count);
  std::visit(Updates(graph, descent, learning_rate, count), optimizer);
  return clipped.norm;
}

// What is accumulated with this call's part; `tokens` becomes the sum. The slots' names as the parameters'.
std::vector<std::string> add_to_slots(Graph& graph, Descent& descent, Value& tokens) {
  declare_counter(graph.module(), token_sum, Role::counter);
  Scope scope(graph, "accumulate");
  std::vector<std::string> slots;
  for (std::size_t i = 0; i < descent.parameters.size(); ++i) {
    const Variable& parameter = descent.parameters[i];
    slots.push_back(declare_slot(graph.module(), "accumulated/" + parameter.name, parameter).name);
    descent.gradients[i] = graph.variable(slots.back()) + descent.gradients[i];
  }
  tokens = graph.variable(token_sum) + tokens;
  return slots;
}

}  // namespace

void declare_counters(Module& module) {
  declare_counter(module, step_variable, Role::counter);
  declare_counter(module, key_variable, Role::key);
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

Value minimize(Graph& graph, Value loss, Value learning_rate, const Optimizer& optimizer, double clip) {
  declare_counters(graph.module());
  return descend(graph, descent_of(graph, loss), learning_rate, optimizer, clip);
}

void accumulate(Graph& graph, Value loss_sum, Value tokens) {
  Descent descent = descent_of(graph, loss_sum);
  std::vector<std::string> slots = add_to_slots(graph, descent, tokens);
  for (std::size_t i = 0; i < slots.size(); ++i) graph.update(slots[i], descent.gradients[i]);
  graph.update(token_sum, tokens);
}

Value minimize_accumulated(Graph& graph, Value loss_sum, Value tokens, Value learning_rate, const Optimizer& optimizer,
                           double clip) {
  Descent descent = descent_of(graph, loss_sum);
  std::vector<std::string> slots = add_to_slots(graph, descent, tokens);
  Value count = cast(maximum(tokens, scalar_like(tokens, 1)), loss_sum.dtype());
  for (std::size_t i = 0; i < slots.size(); ++i) {
    Value& gradient = descent.gradients[i];
    gradient = gradient / count;
    graph.update(slots[i], fill(graph, gradient.dtype(), gradient.shape(), 0));
  }
  graph.update(token_sum, scalar_like(tokens, 0));
  return descend(graph, std::move(descent), learning_rate, optimizer, clip);
}

std::string average_name(std::string_view parameter) { return concat_text("average/", parameter); }

void average_parameters(Graph& graph, double decay) {
  require(decay >= 0 && decay < 1, Fault::usage, "average_parameters: the decay is ", decay,
          " but at least 0 and below 1 is needed");
  Scope scope(graph, "average");
  std::vector<NamedValue> updates = graph.updates();
  auto count = std::ranges::find(updates, step_variable, &NamedValue::name);
  require(count != updates.end(), Fault::usage, "average_parameters: ", graph.name(), " does not count updates in ",
          step_variable);
  Value t = cast(count->value, DType::float64);
  Value rest = 1.0 - minimum((t - 1.0) / (t + 9.0), scalar_like(t, decay));
  for (const auto& [name, value] : updates) {
    const Variable& parameter = graph.module().variable(name);
    if (parameter.role != Role::parameter) continue;
    const Variable& slot = declare_slot(graph.module(), average_name(name), parameter);
    Value old = graph.variable(slot.name);
    graph.update(slot.name, old + cast(rest, parameter.dtype) * (value - old));
  }
}

}  // namespace gradloom
