// The accuracy of the vectorised functions over every exponent, against the C library in the next wider type, for every
// instruction set of this machine; and their choice and names.
#include "tensor/simd.h"

#include <doctest/doctest.h>

#include <array>
#include <bit>
#include <limits>
#include <string>
#include <vector>

#include "base/error.h"
#include "tensor/simd/scalar.h"
#include "tests/tensor/simd_sets.h"

using namespace gradloom::simd;

namespace {

// The distance between neighbouring numbers of type T around x.
template <class T, class Wide>
Wide unit_of(Wide x) {
  constexpr int digits = std::numeric_limits<T>::digits;
  int exponent = 0;
  std::frexp(x, &exponent);
  return std::ldexp(Wide{1}, std::max(exponent, std::numeric_limits<T>::min_exponent) - digits);
}

// The units in the last place that separate y from the reference; infinite when only one of them is NaN or infinite.
template <class T, class Wide>
double error_in_units(T y, Wide reference) {
  if (std::isnan(reference)) return std::isnan(y) ? 0 : std::numeric_limits<double>::infinity();
  if (static_cast<T>(reference) == y) return 0;
  if (std::isinf(static_cast<T>(reference)) || !std::isfinite(y)) return std::numeric_limits<double>::infinity();
  return static_cast<double>(std::abs(static_cast<Wide>(y) - reference) / unit_of<T>(reference));
}

// Numbers of every sign and exponent, spread over the bit patterns, and the ends and edges.
template <class T>
std::vector<T> sweep() {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  constexpr std::size_t count = 400'000;
  constexpr Bits stride = static_cast<Bits>(std::numeric_limits<Bits>::max() / count) | 1;
  std::vector<T> x;
  for (Bits i = 0; i < count; ++i) x.push_back(std::bit_cast<T>(static_cast<Bits>(i * stride)));
  for (T edge : {T(0), T(-0.0), T(1), T(-1), std::numeric_limits<T>::min(), std::numeric_limits<T>::max(),
                 std::numeric_limits<T>::denorm_min(), std::numeric_limits<T>::infinity(),
                 -std::numeric_limits<T>::infinity(), std::numeric_limits<T>::quiet_NaN(), T(0.5), T(2.5), T(-1.5)})
    x.push_back(edge);
  for (int i = -40'000; i <= 40'000; ++i) x.push_back(static_cast<T>(i) / T(2048));
  return x;
}

// What a function may be wrong by, in units in the last place; negative: in units of the operand.
double allowed_units(UnaryFunction function) {
  switch (function) {
    case UnaryFunction::neg:
    case UnaryFunction::abs:
    case UnaryFunction::sign:
    case UnaryFunction::floor:
    case UnaryFunction::ceil:
    case UnaryFunction::round:
    case UnaryFunction::relu:
      return 0;
    case UnaryFunction::square:
    case UnaryFunction::sqrt:
    case UnaryFunction::reciprocal:
      return 0.5001;
    case UnaryFunction::sin:
    case UnaryFunction::cos:
      return 1;
    case UnaryFunction::gelu:
    case UnaryFunction::silu:
    case UnaryFunction::hard_swish:
    case UnaryFunction::mish:
      return -3;
    default:
      return 3;
  }
}

template <class T, class Body>
void check_accuracy() {
  using Wide = std::conditional_t<sizeof(T) == 4, double, long double>;
  static const std::vector<T> x = sweep<T>();
  std::vector<Wide> reference;
  for (T each : x) reference.push_back(Body::apply(static_cast<Wide>(each)));
  std::vector<T> y(x.size());
  double allowed = allowed_units(Body::function);
  for_each_instruction_set([&] {
    unary(Body::function, x.data(), y.data(), static_cast<std::int64_t>(x.size()));
    double worst = 0;
    std::size_t at = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      double error = error_in_units(y[i], reference[i]);
      if (allowed < 0 && std::isfinite(y[i]) && std::isfinite(reference[i]))
        error = static_cast<double>(std::abs(static_cast<Wide>(y[i]) - reference[i]) / unit_of<T, Wide>(x[i]));
      if (!(error <= worst)) {
        worst = error;
        at = i;
      }
    }
    CAPTURE(name_of(Body::function));
    CAPTURE(x[at]);
    CAPTURE(y[at]);
    CHECK(worst <= std::abs(allowed));
  });
}

template <class T, class... Bodies>
void check_all(BodyList<Bodies...>) {
  (check_accuracy<T, Bodies>(), ...);
}

}  // namespace

TEST_CASE("tensor/simd: float32 functions are within 3 units in the last place, at every exponent") {
  check_all<float>(UnaryBodies());
}

TEST_CASE("tensor/simd: float64 functions are within 3 units in the last place, at every exponent") {
  check_all<double>(UnaryBodies());
}

TEST_CASE("tensor/simd: signs of zero") {
  std::array<float, 8> x{0.0f, -0.0f, -0.3f, 0.3f, -0.5f, 0.0f, 0.0f, 0.0f}, y;
  auto signs = [&](UnaryFunction function) {
    unary(function, x.data(), y.data(), 5);
    std::string out;
    for (std::size_t i = 0; i < 5; ++i) out += std::signbit(y[i]) ? '-' : '+';
    return out;
  };
  for_each_instruction_set([&] {
    CHECK(signs(UnaryFunction::neg) == "-++-+");
    CHECK(signs(UnaryFunction::floor) == "+--+-");
    CHECK(signs(UnaryFunction::ceil) == "+--+-");
    CHECK(signs(UnaryFunction::round) == "+--+-");
    for (UnaryFunction odd : {UnaryFunction::tanh, UnaryFunction::erf, UnaryFunction::expm1, UnaryFunction::log1p})
      CHECK(signs(odd) == "+--+-");
  });
}

TEST_CASE("tensor/simd: names are those of the operations") {
  CHECK(unary_function("expm1") == UnaryFunction::expm1);
  CHECK(unary_function("silu") == UnaryFunction::silu);
  CHECK(name_of(UnaryFunction::softplus) == "softplus");
  CHECK(binary_function("maximum") == BinaryFunction::maximum);
  CHECK(comparison("greater_equal") == Comparison::greater_equal);
  CHECK(unary_function("maximum") == std::nullopt);
}

TEST_CASE("tensor/simd: an instruction set that the processor lacks is refused") {
  CHECK(is_supported(InstructionSet::baseline));
  CHECK(is_supported(instruction_set()));
  if (!is_supported(InstructionSet::avx512))
    CHECK_THROWS_WITH_AS(use_instruction_set(InstructionSet::avx512), "this processor has no AVX-512",
                         gradloom::UserError);
}
