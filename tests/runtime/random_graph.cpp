// A pool of values [batch, 3] grows by random operations; now and then one of them is a loop over time.
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
  Generator(std::uint64_t seed, bool with_gradients) : random_(seed), with_gradients_(with_gradients) {}

  void build(Module& module) {
    module.add_variable({"weight", DType::float32, {3, 3}, Role::parameter, constant_fill(0)});
    module.add_variable({"bias", DType::float32, {3}, Role::parameter, constant_fill(0)});
    module.add_variable({"steps", DType::int64, {}, Role::counter, constant_fill(0)});
    Graph& f = module.add_function("f");
    Values pool{f.input("x", DType::float32, {"batch", 3}), f.input("y", DType::float32, {"batch", 3})};
    sequences_ = {f.input("s", DType::float32, {"time", "batch", 3})};
    lengths_ = f.input("lengths", DType::int32, {"batch"});
    for (int i = 0; i < 12; ++i) pool.push_back(grow(f, pool, 2));
    int outputs = 1 + static_cast<int>(pick(4));
    for (int i = 0; i < outputs; ++i) f.output(concat_text("out_", i), any(pool));
    f.output("stacked", any(sequences_));
    if (with_gradients_) {
      Value loss = sum(square(pool.back())) + mean(square(any(sequences_)));
      Value x = f.input_named("x"), weight = f.variable("weight");
      Values found = gradients(loss, {weight, x});
      f.output("loss", loss);
      f.output("x_gradient", found[1]);
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

  Value grow(Graph& graph, const Values& pool, int depth) {
    Value a = any(pool), b = any(pool);
    switch (pick(depth > 0 ? 19 : 16)) {
      case 0:
        return a + b;
      case 1:
        return a * b;
      case 2:
        return tanh(a - b);
      case 3:
        return sigmoid(a);
      case 4:
        return where(less(a, b), a, 0.5 * b);
      case 5:
        return tanh(matmul(a, a.graph().variable("weight")));
      case 6:
        return a + a.graph().variable("bias");
      case 7:
        return relu(reshape(reshape(a, {Dim("batch") * 3}), {"batch", 3}) + 1.0);
      case 8:
        return transpose(transpose(a) + transpose(b));
      case 9:
        return a - mean(a, {1}, true);
      case 10:
        return softmax(a);
      case 11:
        return concat({slice(a, 1, 1, 3), slice(b, 1, 0, 1)}, 1);
      case 12:
        return maximum(a, reshape(b, {"batch", 3}));
      case 13:
        return broadcast_to(sum(a, {1}, true), {"batch", 3}) * 0.1;
      case 14:
        return expand_dims(dot_general(a, b, {0}, {0}, {1}, {1}), {1}) * a;
      case 15: {
        Value outer_products = dot_general(a, b, {0}, {0}, {}, {});
        return dot_general(outer_products, tanh(b), {0}, {0}, {2}, {1});
      }
      default:
        return loop(graph, pool, depth);
    }
  }

  Value loop(Graph& graph, const Values& pool, int depth) {
    Value outer = any(pool);
    ScanOptions options;
    options.reverse = chance(2);
    if (chance(2)) options.lengths = lengths_;

    Values carries{any(pool)}, sequences{any(sequences_)};
    if (chance(2)) carries.push_back(any(pool));
    if (chance(3)) carries.push_back(any(pool));
    bool passes = chance(4), swaps = chance(4);
    ScanResult result = scan(
        carries, sequences,
        [&](const Values& c, const Values& x) {
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
    if (outer.graph().parent() == nullptr && graph.innermost().parent() == nullptr)
      for (const Value& output : result.outputs) sequences_.push_back(output);
    return result.carries[pick(result.carries.size())];
  }

  std::mt19937_64 random_;
  bool with_gradients_;
  Values sequences_;
  Value lengths_;
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

RandomGraph random_graph(std::uint64_t seed, bool with_gradients) {
  RandomGraph made;
  made.seed = seed;
  made.module = std::make_unique<Module>();
  Generator(seed, with_gradients).build(*made.module);
  made.variables["weight"] = random_tensor(DType::float32, {3, 3}, seed + 1);
  made.variables["bias"] = random_tensor(DType::float32, {3}, seed + 2);
  made.variables["steps"] = Tensor::scalar<std::int64_t>(7);
  return made;
}

TensorMap RandomGraph::inputs(int round) const {
  std::int64_t batch = 1 + (static_cast<std::int64_t>(seed) + round) % 4, time = (round + 2) % 5;
  TensorMap inputs;
  auto key = seed * 1000 + static_cast<std::uint64_t>(round) * 10;
  inputs["x"] = random_tensor(DType::float32, {batch, 3}, key + 1);
  inputs["y"] = random_tensor(DType::float32, {batch, 3}, key + 2);
  inputs["s"] = random_tensor(DType::float32, {time, batch, 3}, key + 3);
  Tensor lengths(DType::int32, {batch});
  for (std::size_t row = 0; row < static_cast<std::size_t>(batch); ++row)
    lengths.mutable_values<std::int32_t>()[row] =
        static_cast<std::int32_t>(splitmix_uniform(key, row) * static_cast<double>(time + 1));
  inputs["lengths"] = lengths;
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
      same = true;
      for (std::size_t i = 0; i < u.size(); ++i)
        same = same && (u[i] == v[i] || std::abs(u[i] - v[i]) <= tolerance * (1 + std::abs(v[i])) ||
                        (std::isnan(u[i]) && std::isnan(v[i])));
    }
    if (!same) return concat_text(name, ": ", x.text(), " and ", y.text());
  }
  return "";
}

}  // namespace gradloom::testing
