// The choice among instruction sets, and the names of the functions.
#include "tensor/simd.h"

#include <array>
#include <atomic>

#include "base/error.h"
#include "tensor/blas.h"
#include "tensor/simd/tables.h"

namespace gradloom::simd {

namespace {

constexpr std::array<std::string_view, Tiles<float>::unary_count> unary_names{
    "neg",     "abs",   "sign", "square",   "floor",      "ceil",     "round",      "exp", "log",
    "log1p",   "expm1", "sqrt", "rsqrt",    "reciprocal", "sin",      "cos",        "erf", "tanh",
    "sigmoid", "relu",  "gelu", "softplus", "silu",       "softsign", "hard_swish", "mish"};
constexpr std::array<std::string_view, Tiles<float>::binary_count> binary_names{"add",     "sub",     "mul", "div",
                                                                                "minimum", "maximum", "pow", "prelu"};
constexpr std::array<std::string_view, Tiles<float>::comparison_count> comparison_names{
    "equal", "not_equal", "less", "less_equal", "greater", "greater_equal"};

template <class Function, std::size_t N>
std::optional<Function> find_name(const std::array<std::string_view, N>& names, std::string_view name) {
  for (std::size_t i = 0; i < N; ++i)
    if (names[i] == name) return static_cast<Function>(i);
  return std::nullopt;
}

InstructionSet best_instruction_set() {
  if (is_supported(InstructionSet::avx512)) return InstructionSet::avx512;
  if (is_supported(InstructionSet::avx2)) return InstructionSet::avx2;
  return InstructionSet::baseline;
}

std::atomic<InstructionSet>& set_in_use() {
  static std::atomic<InstructionSet> set = best_instruction_set();
  return set;
}

}  // namespace

std::string_view name_of(InstructionSet set) {
  switch (set) {
    case InstructionSet::avx512:
      return "AVX-512";
    case InstructionSet::avx2:
      return "AVX2";
    case InstructionSet::baseline:
      break;
  }
#if defined(__x86_64__)
  return "SSE2";
#else
  return "baseline";
#endif
}

bool is_supported(InstructionSet set) {
  CpuFeatures features = cpu_features();
  switch (set) {
    case InstructionSet::avx512:
      return features.avx512;
    case InstructionSet::avx2:
      return features.avx2_fma;
    case InstructionSet::baseline:
      break;
  }
  return true;
}

InstructionSet instruction_set() { return set_in_use().load(std::memory_order_relaxed); }

void use_instruction_set(InstructionSet set) {
  require(is_supported(set), Fault::usage, "this processor has no ", name_of(set));
  set_in_use().store(set, std::memory_order_relaxed);
}

template <class T>
const Tiles<T>& tiles() {
  constexpr bool is_float = std::is_same_v<T, float>;
  auto choose = [](const Tiles<float>& floats, const Tiles<double>& doubles) -> const Tiles<T>& {
    if constexpr (is_float)
      return floats;
    else
      return doubles;
  };
#if defined(__x86_64__)
  switch (instruction_set()) {
    case InstructionSet::avx512:
      return choose(avx512_floats, avx512_doubles);
    case InstructionSet::avx2:
      return choose(avx2_floats, avx2_doubles);
    case InstructionSet::baseline:
      break;
  }
#endif
  return choose(baseline_floats, baseline_doubles);
}

template const Tiles<float>& tiles();
template const Tiles<double>& tiles();

std::optional<UnaryFunction> unary_function(std::string_view operation) {
  return find_name<UnaryFunction>(unary_names, operation);
}
std::optional<BinaryFunction> binary_function(std::string_view operation) {
  return find_name<BinaryFunction>(binary_names, operation);
}
std::optional<Comparison> comparison(std::string_view operation) {
  return find_name<Comparison>(comparison_names, operation);
}
std::string_view name_of(UnaryFunction function) { return unary_names[static_cast<std::size_t>(function)]; }

}  // namespace gradloom::simd
