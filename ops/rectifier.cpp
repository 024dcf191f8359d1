// Nonlinearities made of pieces: leaky and exponential rectifiers, hard (piecewise linear) forms, softsign, mish.
#include <cmath>

#include "ops/elementwise.h"
#include "ops/elementwise_kernel.h"
#include "ops/families.h"
#include "ops/ops.h"

namespace gradloom {

namespace {

// y[i] = f(x[i]) for either float; f takes one of type T and returns the same.
template <class F>
void map_floats(const Kernel& k, const F& f) {
  visit_float(k.input(0).dtype, [&]<class T>() { unary_loop<T, T>(k, f.template operator()<T>()); });
}

Value positive(Value x) { return greater(x, scalar_like(x, 0)); }

// ---- leaky rectifiers

constexpr OpDef leaky_relu_op{
    .name = "leaky_relu",
    .summary = "each element, or alpha * x where it is negative",
    .doc = "dx = dy where x > 0, else alpha * dy: at 0 the gradient is alpha * dy (Maas et al. 2013).",
    .inputs = {"x"},
    .attributes = {{"alpha", AttributeKind::real, "0.01", "the slope below 0"}},
    .traits = Trait::elementwise,
    .shape = same_as_float,
    .kernel =
        [](const Kernel& k) {
          map_floats(k, [&]<class T>() {
            return [slope = static_cast<T>(k.attribute<double>("alpha"))](T x) { return x < 0 ? slope * x : x; };
          });
        },
    .gradient = [](const Backward& b) -> Values {
      Value dy = b.out_grad();
      return {where(positive(b.input(0)), dy, dy * b.attribute<double>("alpha"))};
    },
    .batching = elementwise_batching,
    .onnx = "LeakyRelu",
};

constexpr OpDef prelu_op{
    .name = "prelu",
    .summary = "each element, or slope * x where it is negative, with a slope that is learned",
    .doc =
        "slope broadcasts to x, as one for all or one a channel: [channels, 1, 1] beside x [batch, channels, height, "
        "width] (He et al. 2015). dx = dy where x > 0, else slope * dy; dslope = x * dy where x < 0, else 0.",
    .inputs = {"x", "slope"},
    .traits = Trait::elementwise,
    .shape = [](const Infer& i) -> Types {
      i.same_dtype();
      i.require_float(0);
      i.require(i.broadcast() == i.shape(0), "slope ", dims_text(i.shape(1)), " does not broadcast to x ",
                dims_text(i.shape(0)));
      return {i.type(0)};
    },
    .kernel =
        [](const Kernel& k) {
          visit_float(k.output().dtype,
                      [&]<class T>() { binary_loop<T, T>(k, [](T x, T slope) { return x < 0 ? slope * x : x; }); });
        },
    .gradient = [](const Backward& b) -> Values {
      Value x = b.input(0), dy = b.out_grad();
      Value negative = less(x, scalar_like(x, 0));
      return {b.wants(0) ? where(positive(x), dy, dy * b.input(1)) : Value(),
              b.wants(1) ? where(negative, dy * x, scalar_like(dy, 0)) : Value()};
    },
    .batching = [](const Batching& b) -> Values {
      Value x = b.input(0), slope = b.input(1);
      std::size_t rank = b.slice_result().rank() + 1;
      if (!b.batched(0)) {
        Dims shape = b.slice_type(0).shape;
        shape.insert(shape.begin(), b.size());
        x = broadcast_to(x, shape);
      }
      return {prelu(x, b.batched(1) ? align_rank(slope, rank) : slope)};
    },
    .onnx = "PRelu",
};

// ---- exponential rectifiers

constexpr OpDef elu_op{
    .name = "elu",
    .summary = "each element, or alpha * (exp(x) - 1) where it is negative",
    .doc =
        "Exact also for small x (Clevert et al. 2016). dx = dy where x > 0, else dy * (y + alpha): at 0 the gradient "
        "is alpha * dy.",
    .inputs = {"x"},
    .attributes = {{"alpha", AttributeKind::real, "1", "the result goes to -alpha far below 0"}},
    .traits = Trait::elementwise,
    .shape = same_as_float,
    .kernel =
        [](const Kernel& k) {
          map_floats(k, [&]<class T>() {
            return [alpha = static_cast<T>(k.attribute<double>("alpha"))](T x) {
              return x < 0 ? alpha * std::expm1(x) : x;
            };
          });
        },
    .gradient = [](const Backward& b) -> Values {
      Value dy = b.out_grad();
      return {where(positive(b.input(0)), dy, dy * (b.output() + b.attribute<double>("alpha")))};
    },
    .batching = elementwise_batching,
    .onnx = "Elu",
};

constexpr OpDef selu_op{
    .name = "selu",
    .summary = "gamma * x, or gamma * alpha * (exp(x) - 1) where x is negative",
    .doc =
        "With the default numbers layers keep mean 0 and variance 1 (Klambauer et al. 2017). dx = gamma * dy where "
        "x > 0, else dy * (y + gamma * alpha): at 0 the gradient is gamma * alpha * dy.",
    .inputs = {"x"},
    .attributes = {{"alpha", AttributeKind::real, "1.6732632423543772", "the result goes to -gamma * alpha below 0"},
                   {"gamma", AttributeKind::real, "1.0507009873554805", "the slope above 0"}},
    .traits = Trait::elementwise,
    .shape = same_as_float,
    .kernel =
        [](const Kernel& k) {
          double alpha = k.attribute<double>("alpha"), gamma = k.attribute<double>("gamma");
          map_floats(k, [&]<class T>() {
            return [above = static_cast<T>(gamma), below = static_cast<T>(gamma * alpha)](T x) {
              return x < 0 ? below * std::expm1(x) : above * x;
            };
          });
        },
    .gradient = [](const Backward& b) -> Values {
      Value dy = b.out_grad();
      double alpha = b.attribute<double>("alpha"), gamma = b.attribute<double>("gamma");
      return {where(positive(b.input(0)), dy * gamma, dy * (b.output() + gamma * alpha))};
    },
    .batching = elementwise_batching,
    .onnx = "Selu",
};

constexpr OpDef celu_op{
    .name = "celu",
    .summary = "each element, or alpha * (exp(x / alpha) - 1) where it is negative",
    .doc =
        "An elu whose slope is continuous for every alpha (Barron 2017); alpha is above 0. dx = dy where x > 0, else "
        "dy * (y / alpha + 1).",
    .inputs = {"x"},
    .attributes = {{"alpha", AttributeKind::real, "1", "the result goes to -alpha far below 0"}},
    .traits = Trait::elementwise,
    .shape = [](const Infer& i) -> Types {
      double alpha = i.attribute<double>("alpha");
      i.require(alpha > 0, "alpha is ", alpha, " but must be above 0");
      return same_as_float(i);
    },
    .kernel =
        [](const Kernel& k) {
          map_floats(k, [&]<class T>() {
            return [alpha = static_cast<T>(k.attribute<double>("alpha"))](T x) {
              return x < 0 ? alpha * std::expm1(x / alpha) : x;
            };
          });
        },
    .gradient = [](const Backward& b) -> Values {
      Value dy = b.out_grad();
      return {where(positive(b.input(0)), dy, dy * (b.output() / b.attribute<double>("alpha") + 1.0))};
    },
    .batching = elementwise_batching,
    .onnx = "Celu",
};

// ---- piecewise linear forms

// Whether a value of hard_sigmoid lies between its two ends.
Value is_sloped(Value y) { return logical_and(greater(y, scalar_like(y, 0)), less(y, scalar_like(y, 1))); }

constexpr OpDef hard_sigmoid_op{
    .name = "hard_sigmoid",
    .summary = "alpha * x + beta of each element, brought into [0, 1]",
    .doc = "NaN stays NaN. dx = alpha * dy where 0 < y < 1, else 0: at the two kinks the gradient is 0.",
    .inputs = {"x"},
    .attributes = {{"alpha", AttributeKind::real, "0.2", "the slope between the kinks"},
                   {"beta", AttributeKind::real, "0.5", "the result at 0"}},
    .traits = Trait::elementwise,
    .shape = same_as_float,
    .kernel =
        [](const Kernel& k) {
          map_floats(k, [&]<class T>() {
            return [alpha = static_cast<T>(k.attribute<double>("alpha")),
                    beta = static_cast<T>(k.attribute<double>("beta"))](T x) {
              T y = alpha * x + beta;
              return y < 0 ? T{0} : y > 1 ? T{1} : y;
            };
          });
        },
    .gradient = [](const Backward& b) -> Values {
      Value dy = b.out_grad();
      return {where(is_sloped(b.output()), dy * b.attribute<double>("alpha"), scalar_like(dy, 0))};
    },
    .batching = elementwise_batching,
    .onnx = "HardSigmoid",
};

struct HardSwish {
  template <class T>
  T operator()(T x) const {
    return x <= -3 ? T{0} : x >= 3 ? x : x * (x * static_cast<T>(1.0 / 6) + T(0.5));
  }
};

constexpr OpDef hard_swish_op{
    .name = "hard_swish",
    .summary = "x * clip(x / 6 + 1/2, 0, 1) of each element",
    .doc =
        "0 up to -3, x from 3 on, also at -inf and inf (Howard et al. 2019). dx = dy * (x / 3 + 1/2) between, 0 up to "
        "-3 and dy from 3 on, the kinks included.",
    .inputs = {"x"},
    .traits = Trait::elementwise,
    .shape = same_as_float,
    .kernel = unary_floats<HardSwish>,
    .gradient = [](const Backward& b) -> Values {
      Value x = b.input(0), dy = b.out_grad(), zero = scalar_like(dy, 0);
      Value sloped = where(less(x, scalar_like(x, 3)), dy * (x * (1.0 / 3) + 0.5), dy);
      return {where(less_equal(x, scalar_like(x, -3)), zero, sloped)};
    },
    .batching = elementwise_batching,
    .onnx = "HardSwish",
};

// ---- smooth forms

struct Softsign {
  template <class T>
  T operator()(T x) const {
    return x / (T{1} + std::abs(x));
  }
};

constexpr OpDef softsign_op{
    .name = "softsign",
    .summary = "x / (1 + |x|) of each element",
    .doc = "dx = dy / (1 + |x|)^2. NaN at inf and -inf.",
    .inputs = {"x"},
    .traits = Trait::elementwise,
    .shape = same_as_float,
    .kernel = unary_floats<Softsign>,
    .gradient = [](const Backward& b) -> Values { return {b.out_grad() / square(abs(b.input(0)) + 1.0)}; },
    .batching = elementwise_batching,
    .onnx = "Softsign",
};

struct Mish {
  template <class T>
  T operator()(T x) const {
    return x * std::tanh(std::fmax(x, T{0}) + std::log1p(std::exp(-std::abs(x))));
  }
};

constexpr OpDef mish_op{
    .name = "mish",
    .summary = "x * tanh(softplus(x)) of each element",
    .doc = "(Misra 2019.) With t = tanh(softplus(x)): dx = dy * (t + x * (1 - t^2) * sigmoid(x)). NaN at -inf.",
    .inputs = {"x"},
    .traits = Trait::elementwise,
    .shape = same_as_float,
    .kernel = unary_floats<Mish>,
    .gradient = [](const Backward& b) -> Values {
      Value x = b.input(0);
      Value t = tanh(softplus(x));
      return {b.out_grad() * (t + x * (1.0 - square(t)) * sigmoid(x))};
    },
    .batching = elementwise_batching,
};

constexpr const OpDef* ops[] = {&leaky_relu_op,   &prelu_op,      &elu_op,      &selu_op, &celu_op,
                                &hard_sigmoid_op, &hard_swish_op, &softsign_op, &mish_op};

}  // namespace

OpList rectifier_ops() { return ops; }

Value leaky_relu(Value x, double alpha) { return apply(leaky_relu_op, {x}, {{"alpha", alpha}}); }
Value prelu(Value x, Value slope) { return apply(prelu_op, {x, slope}); }
Value elu(Value x, double alpha) { return apply(elu_op, {x}, {{"alpha", alpha}}); }
Value selu(Value x, double alpha, double gamma) { return apply(selu_op, {x}, {{"alpha", alpha}, {"gamma", gamma}}); }
Value celu(Value x, double alpha) { return apply(celu_op, {x}, {{"alpha", alpha}}); }
Value hard_sigmoid(Value x, double alpha, double beta) {
  return apply(hard_sigmoid_op, {x}, {{"alpha", alpha}, {"beta", beta}});
}
Value hard_swish(Value x) { return apply(hard_swish_op, {x}); }
Value softsign(Value x) { return apply(softsign_op, {x}); }
Value mish(Value x) { return apply(mish_op, {x}); }

}  // namespace gradloom
