// A pool of values [batch, 3] grows by random operations; now and then one of them is a loop over time or a branch.
#include "tests/runtime/random_graph.h"

#include <cmath>
#include <random>

#include "autodiff/gradients.h"
#include "ops/ops.h"
#include "tensor/random.h"

namespace gradloom::testing {

namespace {

class Generator {
 public:
  Generator(std::uint64_t seed, const RandomGraphOptions& options) : random_(seed), options_(options) {}

  void build(Module& module) {
    DType dtype = options_.dtype;
    module.add_variable({"weight", dtype, {3, 3}, Role::parameter, constant_fill(0)});
    module.add_variable({"bias", dtype, {3}, Role::parameter, constant_fill(0)});
    module.add_variable({"steps", DType::int64, {}, Role::counter, constant_fill(0)});
    Graph& f = module.add_function("f");
    x_ = f.input("x", dtype, {"batch", 3});
    Values pool{x_, f.input("y", dtype, {"batch", 3})};
    sequences_ = {f.input("s", dtype, {"time", "batch", 3})};
    lengths_ = f.input("lengths", DType::int32, {"batch"});
    indices_ = f.input("indices", DType::int32, {"batch", 3});
    flag_ = f.input("flag", DType::boolean, {});
    flags_ = f.input("flags", DType::boolean, {"time"});
    for (int i = 0; i < options_.nodes; ++i) pool.push_back(grow(f, pool, 2));
    int outputs = 1 + static_cast<int>(pick(4));
    for (int i = 0; i < outputs; ++i) f.output(concat_text("out_", i), any(pool));
    f.output("stacked", any(sequences_));
    if (options_.with_gradients) {
      Value loss = sum(square(pool.back())) + mean(square(any(sequences_)));
      Value weight = f.variable("weight"), y = f.input_named("y");
      Values found = gradients(loss, {weight, y, f.variable("bias")});
      f.output("loss", loss);
      f.output("weight_gradient", found[0]);
      f.output("y_gradient", found[1]);
      f.output("bias_gradient", found[2]);
      f.update("weight", weight - 0.01 * found[0]);
      return;
    }
    if (chance(2)) f.update("weight", f.variable("weight") - 0.5 * matmul(transpose(any(pool)), any(pool)));
    if (chance(2)) f.update("bias", sum(any(pool), {0}));
    if (chance(2)) f.update("steps", f.variable("steps") + 1);
  }

 private:
  std::size_t pick(std::size_t count) { return random_() % count; }
  bool chance(std::size_t one_in) { return pick(one_in) == 0; }
  Value any(const Values& pool) { return chance(3) ? pool.back() : pool[pick(pool.size())]; }

  // Row by row, as loops with lengths need it. Results stay of the magnitude of the operands, however many operations
  // follow each other.
  Value grow(Graph& graph, const Values& pool, int depth) {
    Value a = any(pool), b = any(pool);
    Value weight = a.graph().variable("weight"), bias = a.graph().variable("bias");
    switch (pick(depth > 0 ? 33 : 27)) {
      case 0:
        return (a + b) * 0.7;
      case 1:
        return a * tanh(b);
      case 2:
        return tanh(a - b);
      case 3:
        return sigmoid(a);
      case 4:
        return where(less(x_, scalar_like(x_, 0.1)), a, 0.5 * b);
      case 5:
        return tanh(matmul(a, weight));
      case 6:
        return tanh(a + bias);
      case 7:
        return relu(reshape(reshape(x_, {Dim("batch") * 3}), {"batch", 3}) + 0.3) * a;
      case 8:
        return transpose(transpose(a) - transpose(b)) * 0.7;
      case 9:
        return a - mean(a, {1}, true);
      case 10:
        return softmax(a);
      case 11:
        return concat({slice(a, 1, 1, 3), slice(b, 1, 0, 1)}, 1);
      case 12:
        return maximum(x_, reshape(x_, {"batch", 3}) * -1.0) * b;
      case 13:
        return broadcast_to(sum(a, {1}, true), {"batch", 3}) * 0.1;
      case 14:
        return tanh(expand_dims(dot_general(a, b, {0}, {0}, {1}, {1}), {1})) * a;
      case 15: {
        Value outer_products = dot_general(a, tanh(b), {0}, {0}, {}, {});
        return dot_general(outer_products, tanh(b), {0}, {0}, {2}, {1}) * 0.5;
      }
      case 16:
        return cumsum(a, 1, chance(2), chance(2)) * 0.5;
      case 17:
        return tanh(layer_norm(a, bias, a.graph().constant(options_.dtype, 0.5) * bias, -1, 0.5));
      case 18:
        return rms_norm(a, bias, -1, 0.5);
      case 19:
        return logsumexp(a, {1}, true) * tanh(b) * 0.5;
      case 20:
        return gather(a, indices_, 1, 1);
      case 21:
        return scatter_add(indices_, a, 3, 1, 1) * 0.5;
      case 22:
        return log_softmax(tanh(a));
      case 23:
        return pad(slice(a, 1, 0, 2), {0, 1}, {0, 0});
      case 24:
        return sum(stack({tanh(a), b * 0.5}, 0), {0});
      case 25:
        return sqrt(square(a) + 0.5) - log1p(square(tanh(b)));
      case 26:
        return linear(a, weight, bias) * 0.5;
      case 27:
      case 28:
        return branch(graph, pool, depth);
      default:
        return loop(graph, pool, depth);
    }
  }

  Value branch(Graph& graph, const Values& pool, int depth) {
    auto body = [&] {
      Values inner = pool;
      for (int i = 0; i < 3; ++i) inner.push_back(grow(graph, inner, depth - 1));
      return Values{inner.back(), any(inner)};
    };
    Values results = cond(step_flag_ ? step_flag_ : flag_, body, body);
    return results[pick(2)];
  }

  Value loop(Graph& graph, const Values& pool, int depth) {
    Value outer = any(pool);
    ScanOptions options;
    options.reverse = chance(2);
    if (chance(2)) options.lengths = lengths_;

    Values carries{any(pool)}, sequences{any(sequences_), flags_};
    if (chance(2)) carries.push_back(any(pool));
    if (chance(3)) carries.push_back(any(pool));
    bool passes = chance(4), swaps = chance(4);
    Value flag_before = step_flag_;
    ScanResult result = scan(
        carries, sequences,
        [&](const Values& c, const Values& x) {
          if (chance(2)) step_flag_ = x[1];
          Values inner = c;
          inner.push_back(x[0]);
          inner.push_back(outer);
          // A sequence of the surrounding graph, all of it: nested loops run over it again.
          for (int i = 0; i < 4; ++i) inner.push_back(grow(graph, inner, depth - 1));
          Step step;
          for (std::size_t i = 0; i < c.size(); ++i) step.carries.push_back(any(inner));
          if (passes) step.carries.back() = c.back();
          if (swaps) std::swap(step.carries.front() = c.back(), step.carries.back());
          step.outputs = {any(inner), step.carries[0]};
          if (chance(2)) step.outputs.push_back(c[0]);
          return step;
        },
        options);
    step_flag_ = flag_before;
    if (outer.graph().parent() == nullptr && graph.innermost().parent() == nullptr)
      for (const Value& output : result.outputs) sequences_.push_back(output);
    return result.carries[pick(result.carries.size())];
  }

  std::mt19937_64 random_;
  RandomGraphOptions options_;
  Values sequences_;
  Value x_, lengths_, indices_, flag_, flags_;
  Value step_flag_;  // of the loop that is being declared
};

}  // namespace

Tensor random_tensor(DType dtype, Shape shape, std::uint64_t seed) {
  Tensor tensor(dtype, std::move(shape));
  visit_float(dtype, [&]<class T>() {
    auto values = tensor.mutable_values<T>();
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<T>(2 * splitmix_uniform(seed, i) - 1);
  });
  return tensor;
}

RandomGraph random_graph(std::uint64_t seed, const RandomGraphOptions& options) {
  RandomGraph made;
  made.seed = seed;
  made.dtype = options.dtype;
  made.module = std::make_unique<Module>();
  Generator(seed, options).build(*made.module);
  made.variables["weight"] = random_tensor(options.dtype, {3, 3}, seed + 1);
  made.variables["bias"] = random_tensor(options.dtype, {3}, seed + 2);
  made.variables["steps"] = Tensor::scalar<std::int64_t>(7);
  return made;
}

TensorMap RandomGraph::inputs(int round) const {
  std::int64_t batch = 1 + (static_cast<std::int64_t>(seed) + round) % 4, time = (round + 2) % 5;
  TensorMap inputs;
  auto key = seed * 1000 + static_cast<std::uint64_t>(round) * 10;
  inputs["x"] = random_tensor(dtype, {batch, 3}, key + 1);
  inputs["y"] = random_tensor(dtype, {batch, 3}, key + 2);
  inputs["s"] = random_tensor(dtype, {time, batch, 3}, key + 3);
  // Whole numbers below `bound`.
  auto whole = [&](std::uint64_t numbers, std::int64_t bound, Shape shape) {
    Tensor tensor(DType::int32, std::move(shape));
    std::uint64_t row = 0;
    for (std::int32_t& value : tensor.mutable_values<std::int32_t>())
      value = static_cast<std::int32_t>(splitmix_uniform(numbers, row++) * static_cast<double>(bound));
    return tensor;
  };
  inputs["lengths"] = whole(key, time + 1, {batch});
  inputs["indices"] = whole(key + 4, 3, {batch, 3});
  inputs["flag"] = Tensor::scalar(splitmix_uniform(key, 100) < 0.5);
  Tensor flags(DType::boolean, {time});
  for (std::size_t t = 0; t < static_cast<std::size_t>(time); ++t)
    flags.mutable_values<bool>()[t] = splitmix_uniform(key, 200 + t) < 0.5;
  inputs["flags"] = flags;
  return inputs;
}

std::string difference(const TensorMap& a, const TensorMap& b, double tolerance) {
  if (a.size() != b.size()) return concat_text(a.size(), " tensors and ", b.size());
  for (const auto& [name, x] : a) {
    auto found = b.find(name);
    if (found == b.end()) return name + " is missing";
    const Tensor& y = found->second;
    bool same = x.identical(y);
    if (!same && tolerance > 0 && x.dtype() == y.dtype() && x.shape() == y.shape() && is_float(x.dtype())) {
      auto u = x.cast(DType::float64).to_vector<double>(), v = y.cast(DType::float64).to_vector<double>();
      double largest = 1;
      for (double value : v)
        if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
      same = true;
      for (std::size_t i = 0; i < u.size(); ++i)
        same = same &&
               (u[i] == v[i] || std::abs(u[i] - v[i]) <= tolerance * largest || (std::isnan(u[i]) && std::isnan(v[i])));
    }
    if (!same) return concat_text(name, ": ", x.text(), " and ", y.text());
  }
  return "";
}

}  // namespace gradloom::testing
