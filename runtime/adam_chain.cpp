// Matching a body against the equations, and the step by the tile function.
#include "runtime/adam_chain.h"

#include <algorithm>
#include <cstring>

#include "tensor/simd.h"

namespace gradloom {

namespace {

class Matcher {
 public:
  explicit Matcher(const Graph& body) : body_(body) {}

  std::optional<AdamChain> match() {
    std::int64_t operations = 0;
    for (const Node& node : body_.nodes()) operations += node.kind == NodeKind::operation ? 1 : 0;
    if (body_.outputs().size() != 3 || (operations != 13 && operations != 14)) return {};
    for (std::size_t i = 0; i < 3; ++i) {
      chain_ = AdamChain{};
      if (match_parameter(body_.outputs()[i].value)) {
        chain_.new_parameter = static_cast<std::int32_t>(i);
        chain_.new_moment1 = output_of(moment1_);
        chain_.new_moment2 = output_of(moment2_);
        bool is_whole =
            chain_.new_moment1 >= 0 && chain_.new_moment2 >= 0 && operations == (chain_.scale < 0 ? 13 : 14);
        return is_whole ? std::optional(chain_) : std::nullopt;
      }
    }
    return {};
  }

 private:
  static bool is_op(const Value& value, std::string_view name) {
    return value.node().kind == NodeKind::operation && value.node().op->name == name;
  }
  std::int32_t input_of(const Value& value) const {
    for (std::size_t i = 0; i < body_.inputs().size(); ++i)
      if (body_.inputs()[i] == value) return static_cast<std::int32_t>(i);
    return -1;
  }
  std::int32_t output_of(const Value& value) const {
    for (std::size_t i = 0; i < body_.outputs().size(); ++i)
      if (body_.outputs()[i].value == value) return static_cast<std::int32_t>(i);
    return -1;
  }
  bool match_number(const Value& value, std::int32_t& operand) const {
    operand = input_of(value);
    return operand >= 0 && value.rank() == 0;
  }
  bool match_tensor(const Value& value, std::int32_t& operand) const {
    operand = input_of(value);
    return operand >= 0 && value.shape() == body_.outputs()[0].value.shape();
  }
  // f(a, b) or f(b, a)
  template <class F>
  static bool either_way(const Value& value, std::string_view name, const F& f) {
    if (!is_op(value, name)) return false;
    const Values& inputs = value.node().inputs;
    return f(inputs[0], inputs[1]) || f(inputs[1], inputs[0]);
  }
  bool match_scaled(const Value& value, std::int32_t& number, Value& rest) const {
    return either_way(value, "mul", [&](const Value& a, const Value& b) {
      rest = b;
      return match_number(a, number);
    });
  }
  // beta old + rest new, the first with an operand for `old`.
  bool match_mean(const Value& value, std::int32_t& beta, std::int32_t& old, std::int32_t& rest, Value& added) const {
    return either_way(value, "add", [&](const Value& a, const Value& b) {
      Value before;
      return match_scaled(a, beta, before) && match_tensor(before, old) && match_scaled(b, rest, added);
    });
  }
  bool match_gradient(const Value& value) {
    if (match_tensor(value, chain_.gradient)) return true;
    Value gradient;
    return match_scaled(value, chain_.scale, gradient) && match_tensor(gradient, chain_.gradient);
  }
  bool match_parameter(const Value& value) {
    if (!is_op(value, "sub") || !match_tensor(value.node().inputs[0], chain_.parameter)) return false;
    const Value& step = value.node().inputs[1];
    if (!is_op(step, "div") || !match_scaled(step.node().inputs[0], chain_.rate, moment1_)) return false;
    bool has_root = either_way(step.node().inputs[1], "add", [&](const Value& a, const Value& b) {
      if (!is_op(a, "div") || !match_number(b, chain_.epsilon)) return false;
      const Values& parts = a.node().inputs;
      if (!is_op(parts[0], "sqrt") || !match_number(parts[1], chain_.root)) return false;
      moment2_ = parts[0].node().inputs[0];
      return true;
    });
    Value gradient, square;
    return has_root && match_mean(moment1_, chain_.beta1, chain_.moment1, chain_.rest1, gradient) &&
           match_mean(moment2_, chain_.beta2, chain_.moment2, chain_.rest2, square) && is_op(square, "square") &&
           square.node().inputs[0] == gradient && match_gradient(gradient);
  }

  const Graph& body_;
  AdamChain chain_{};
  Value moment1_, moment2_;
};

}  // namespace

std::optional<AdamChain> AdamChain::find(const Graph& body) { return Matcher(body).match(); }

template <class T>
bool AdamChain::run(const Kernel& kernel, std::int64_t begin, std::int64_t end) const {
  auto operand = [&](std::int32_t i) { return static_cast<const T*>(kernel.input(static_cast<std::size_t>(i)).data); };
  auto result = [&](std::int32_t i) { return static_cast<T*>(kernel.output(static_cast<std::size_t>(i)).data); };
  simd::AdamStep step;
  step.beta1 = 1 - static_cast<double>(*operand(rest1));
  step.beta2 = 1 - static_cast<double>(*operand(rest2));
  if (static_cast<T>(step.beta1) != *operand(beta1) || static_cast<T>(step.beta2) != *operand(beta2)) return false;
  step.learning_rate = static_cast<double>(*operand(rate));
  step.epsilon = static_cast<double>(*operand(epsilon));
  step.correction2 = static_cast<double>(*operand(root)) * static_cast<double>(*operand(root));
  if (scale >= 0) step.gradient_scale = static_cast<double>(*operand(scale));
  struct Pair {
    const T* from;
    T* to;
  };
  const Pair pairs[] = {{operand(parameter), result(new_parameter)},
                        {operand(moment1), result(new_moment1)},
                        {operand(moment2), result(new_moment2)}};
  for (const Pair& pair : pairs)
    for (std::size_t i = 0; i < kernel.num_inputs(); ++i)
      if (kernel.input(i).data == pair.to && pair.to != pair.from) return false;
  constexpr std::int64_t at_once = 1024;
  for (std::int64_t i = begin; i < end; i += at_once) {
    std::int64_t count = std::min(at_once, end - i);
    for (const Pair& pair : pairs)
      if (pair.to != pair.from) std::memcpy(pair.to + i, pair.from + i, static_cast<std::size_t>(count) * sizeof(T));
    simd::tiles<T>().adam(step, operand(gradient) + i, pairs[0].to + i, pairs[1].to + i, pairs[2].to + i, count);
  }
  return true;
}

template bool AdamChain::run<float>(const Kernel&, std::int64_t, std::int64_t) const;
template bool AdamChain::run<double>(const Kernel&, std::int64_t, std::int64_t) const;

}  // namespace gradloom
