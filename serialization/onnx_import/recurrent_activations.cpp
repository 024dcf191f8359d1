// The table of activations, and how ONNX hands them their numbers: activation_alpha and activation_beta are consumed in
// the order of the activations, by those only that take an alpha or a beta; who finds none left has the default.
#include "serialization/onnx_import/recurrent_activations.h"

#include "base/text.h"

namespace gradloom {

namespace {

struct Activation {
  std::string_view name;
  RecurrentActivation::Function function;
  std::optional<double> alpha = {}, beta = {};  ///< the defaults; none: it takes none
};

constexpr Activation activations[] = {
    {"Relu", [](Value x, double, double) { return relu(x); }},
    {"Tanh", [](Value x, double, double) { return tanh(x); }},
    {"Sigmoid", [](Value x, double, double) { return sigmoid(x); }},
    {"Softsign", [](Value x, double, double) { return softsign(x); }},
    {"Softplus", [](Value x, double, double) { return softplus(x); }},
    {"Affine", [](Value x, double alpha, double beta) { return x * alpha + beta; }, 1, 0},
    {"LeakyRelu", [](Value x, double alpha, double) { return leaky_relu(x, alpha); }, 0.01},
    {"ThresholdedRelu",
     [](Value x, double alpha, double) { return where(greater(x, scalar_like(x, alpha)), x, scalar_like(x, 0)); }, 1},
    {"ScaledTanh", [](Value x, double alpha, double beta) { return tanh(x * beta) * alpha; }, 1, 1},
    {"HardSigmoid", [](Value x, double alpha, double beta) { return hard_sigmoid(x, alpha, beta); }, 0.2, 0.5},
    {"Elu", [](Value x, double alpha, double) { return elu(x, alpha); }, 1},
};

const Activation& find_activation(const ImportNode& node, std::string_view name) {
  std::vector<std::string> known;
  for (const Activation& activation : activations) {
    if (activation.name == name) return activation;
    known.emplace_back(activation.name);
  }
  node.fail("ONNX has no activation \"", name, "\"", did_you_mean(name, known));
}

// The next of the numbers that are left, or the default.
double next_number(const std::vector<double>& numbers, std::size_t& used, std::optional<double> fallback) {
  if (!fallback) return 0;
  return used < numbers.size() ? numbers[used++] : *fallback;
}

}  // namespace

std::vector<std::vector<RecurrentActivation>> recurrent_activations(const ImportNode& node,
                                                                    const std::vector<std::string>& fallback,
                                                                    std::size_t directions) {
  std::vector<std::string> names = node.texts("activations");
  std::size_t each = fallback.size();
  if (names.empty())
    for (std::size_t d = 0; d < directions; ++d) names.insert(names.end(), fallback.begin(), fallback.end());
  node.require(names.size() >= each * directions, "activations has ", names.size(), " names but ", each * directions,
               " are needed");
  std::optional<double> bound;
  if (node.has("clip")) bound = node.real("clip", 0);
  std::vector<double> alphas = node.reals("activation_alpha"), betas = node.reals("activation_beta");
  std::size_t used_alphas = 0, used_betas = 0;
  std::vector<std::vector<RecurrentActivation>> result(directions);
  for (std::size_t i = 0; i < each * directions; ++i) {
    const Activation& activation = find_activation(node, names[i]);
    double alpha = next_number(alphas, used_alphas, activation.alpha);
    double beta = next_number(betas, used_betas, activation.beta);
    result[i / each].emplace_back(activation.function, alpha, beta, bound);
  }
  return result;
}

}  // namespace gradloom
