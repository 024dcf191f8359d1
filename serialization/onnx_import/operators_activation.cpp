// Activations of ONNX, with the defaults that its text gives their attributes.
#include "serialization/onnx_import/operators_elementwise.h"

namespace gradloom {

namespace {

Values rectified(const ImportNode& node) {
  Value x = node.input(0);
  return {is_float(x.dtype()) ? relu(x) : maximum(x, scalar_like(x, 0))};
}

Values leaky(const ImportNode& node) { return {leaky_relu(node.input(0), node.real("alpha", 0.01))}; }

// Before opset 7 a slope of rank 1 belongs to the channels, axis 1.
Values parametric(const ImportNode& node) {
  Value x = node.input(0), slope = node.input(1);
  if (node.opset() < 7 && slope.rank() == 1 && x.rank() > 2) {
    Dims shape(x.rank() - 1, Dim(1));
    shape[0] = slope.dim(0);
    slope = reshape(slope, std::move(shape));
  }
  return {prelu(x, slope)};
}

Values exponential(const ImportNode& node) { return {elu(node.input(0), node.real("alpha", 1))}; }
Values smooth_exponential(const ImportNode& node) { return {celu(node.input(0), node.real("alpha", 1))}; }

// Opset 6 gave the constants more digits.
Values scaled_exponential(const ImportNode& node) {
  bool is_old = node.opset() < 6;
  return {selu(node.input(0), node.real("alpha", is_old ? 1.6732 : 1.67326319217681884765625),
               node.real("gamma", is_old ? 1.0507 : 1.05070102214813232421875))};
}

Values hard(const ImportNode& node) {
  return {hard_sigmoid(node.input(0), node.real("alpha", 0.2), node.real("beta", 0.5))};
}

Values gaussian(const ImportNode& node) {
  Value x = node.input(0);
  std::string form = node.text("approximate", "none");
  if (form == "none") return {gelu(x)};
  node.require(form == "tanh", "approximate is \"", form, "\", but none or tanh is needed");
  constexpr double root_of_2_over_pi = 0.7978845608028654;
  return {0.5 * x * (1.0 + tanh(root_of_2_over_pi * (x + 0.044715 * (x * square(x)))))};
}

// x where it is above alpha, else 0.
Values thresholded(const ImportNode& node) {
  Value x = node.input(0);
  return {where(greater(x, scalar_like(x, node.real("alpha", 1))), x, scalar_like(x, 0))};
}

// x + bias below -lambd, x - bias above lambd, else 0.
Values shrunk(const ImportNode& node) {
  Value x = node.input(0), zero = scalar_like(x, 0);
  double bias = node.real("bias", 0), bound = node.real("lambd", 0.5);
  Value above = where(greater(x, scalar_like(x, bound)), x - bias, zero);
  return {where(less(x, scalar_like(x, -bound)), x + bias, above)};
}

constexpr ImportRule rules[] = {
    {"Relu", rectified},
    {"LeakyRelu", leaky},
    {"PRelu", parametric},
    {"Elu", exponential},
    {"Celu", smooth_exponential},
    {"Selu", scaled_exponential},
    {"HardSigmoid", hard},
    {"HardSwish", of_one<hard_swish>},
    {"Sigmoid", of_one<sigmoid>},
    {"Tanh", of_one<tanh>},
    {"Softplus", of_one<softplus>},
    {"Softsign", of_one<softsign>},
    {"Mish", of_one<mish>},
    {"Gelu", gaussian},
    {"ThresholdedRelu", thresholded},
    {"Shrink", shrunk},
};

}  // namespace

ImportRules activation_imports() { return rules; }

}  // namespace gradloom
