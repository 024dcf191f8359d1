// Every form and length of the vectorised loops and rows, against plain loops in double: tails, scalars, writing in
// place, nothing read or written beyond the end, and the same bits wherever an element stands.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <numeric>
#include <vector>

#include "tensor/random.h"
#include "tensor/simd.h"
#include "tests/tensor/simd_sets.h"

using namespace gradloom;
using namespace gradloom::simd;

namespace {

constexpr std::array lengths{0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 67, 1024, 1100, 5003};
template <class T>
constexpr T infinity = std::numeric_limits<T>::infinity();

// Numbers in memory of exactly their size, so that a sanitizer sees a step beyond it.
template <class T>
class Exact {
 public:
  explicit Exact(std::int64_t size, std::int64_t stream = 0)
      : values_(new T[static_cast<std::size_t>(size)]), size_(size) {
    if constexpr (std::is_floating_point_v<T>) {
      fill_normal(span(), derive_key(11, 0, stream), {});
    } else {
      for (std::int64_t i = 0; i < size; ++i) values_[static_cast<std::size_t>(i)] = (i * 7 + stream) % 3 != 0;
    }
  }
  T* data() { return values_.get(); }
  T& operator[](std::int64_t i) { return values_[static_cast<std::size_t>(i)]; }
  std::span<T> span() { return {values_.get(), static_cast<std::size_t>(size_)}; }

 private:
  std::unique_ptr<T[]> values_;
  std::int64_t size_;
};

template <class T>
double near(double x) {
  return std::max(1.0, std::abs(x)) * (sizeof(T) == 4 ? 2e-6 : 4e-15);
}

// Calls f<T>(n) for float and double, all lengths and all instruction sets.
template <class F>
void for_each_length(F&& f) {
  for_each_instruction_set([&] {
    for (int n : lengths) {
      CAPTURE(n);
      f.template operator()<float>(n);
      f.template operator()<double>(n);
    }
  });
}

}  // namespace

TEST_CASE("tensor/simd: binary functions with vectors and scalars") {
  for_each_length([]<class T>(std::int64_t n) {
    Exact<T> a(n, 1), b(n, 2), y(n), one_a(1, 3), one_b(1, 4);
    for (T& x : a.span()) x = std::abs(x) + T(0.1);
    one_a[0] = std::abs(one_a[0]);
    auto check = [&](BinaryFunction function, auto reference) {
      binary(function, Operands::vector_vector, a.data(), b.data(), y.data(), n);
      bool right = true;
      auto compare_to = [&](T first, T second, T result) {
        double expected = static_cast<double>(reference(first, second));
        right = right && std::abs(result - expected) <= near<T>(expected);
      };
      for (std::int64_t i = 0; i < n; ++i) compare_to(a[i], b[i], y[i]);
      binary(function, Operands::vector_scalar, a.data(), one_b.data(), y.data(), n);
      for (std::int64_t i = 0; i < n; ++i) compare_to(a[i], one_b[0], y[i]);
      binary(function, Operands::scalar_vector, one_a.data(), b.data(), y.data(), n);
      for (std::int64_t i = 0; i < n; ++i) compare_to(one_a[0], b[i], y[i]);
      CAPTURE(static_cast<int>(function));
      CHECK(right);
    };
    check(BinaryFunction::add, [](T p, T q) { return p + q; });
    check(BinaryFunction::sub, [](T p, T q) { return p - q; });
    check(BinaryFunction::mul, [](T p, T q) { return p * q; });
    check(BinaryFunction::div, [](T p, T q) { return p / q; });
    check(BinaryFunction::minimum, [](T p, T q) { return std::min(p, q); });
    check(BinaryFunction::maximum, [](T p, T q) { return std::max(p, q); });
    check(BinaryFunction::pow, [](T p, T q) { return std::pow(p, q); });
    for (std::size_t i = 0; i < a.span().size(); i += 2) a[static_cast<std::int64_t>(i)] *= -1;
    check(BinaryFunction::prelu, [](T p, T q) { return p < 0 ? p * q : p; });
  });
}

TEST_CASE("tensor/simd: minimum and maximum are NaN when either operand is") {
  float nan = std::numeric_limits<float>::quiet_NaN();
  std::array<float, 4> a{nan, 1, 3, nan}, b{1, nan, 2, nan}, y;
  for_each_instruction_set([&] {
    for (BinaryFunction function : {BinaryFunction::minimum, BinaryFunction::maximum}) {
      binary(function, Operands::vector_vector, a.data(), b.data(), y.data(), 4);
      CHECK_UNARY((std::isnan(y[0]) && std::isnan(y[1]) && !std::isnan(y[2]) && std::isnan(y[3])));
    }
  });
}

TEST_CASE("tensor/simd: comparisons and where") {
  for_each_length([]<class T>(std::int64_t n) {
    Exact<T> a(n, 1), b(n, 2), y(n), one_a(1, 3), one_b(1, 4);
    Exact<bool> c(n);
    for (std::int64_t i = 0; i < n; i += 3) a[i] = b[i];
    if (n > 5) a[5] = std::numeric_limits<T>::quiet_NaN();
    auto check = [&](Comparison function, auto reference) {
      bool right = true;
      compare(function, Operands::vector_vector, a.data(), b.data(), c.data(), n);
      for (std::int64_t i = 0; i < n; ++i) right = right && c[i] == reference(a[i], b[i]);
      compare(function, Operands::vector_scalar, a.data(), one_b.data(), c.data(), n);
      for (std::int64_t i = 0; i < n; ++i) right = right && c[i] == reference(a[i], one_b[0]);
      compare(function, Operands::scalar_vector, one_a.data(), b.data(), c.data(), n);
      for (std::int64_t i = 0; i < n; ++i) right = right && c[i] == reference(one_a[0], b[i]);
      CAPTURE(static_cast<int>(function));
      CHECK(right);
    };
    check(Comparison::equal, [](T p, T q) { return p == q; });
    check(Comparison::not_equal, [](T p, T q) { return p != q; });
    check(Comparison::less, [](T p, T q) { return p < q; });
    check(Comparison::less_equal, [](T p, T q) { return p <= q; });
    check(Comparison::greater, [](T p, T q) { return p > q; });
    check(Comparison::greater_equal, [](T p, T q) { return p >= q; });

    Exact<bool> condition(n, 1);
    for (std::size_t form = 0; form < 4; ++form) {
      bool a_vector = form == 0 || form == 1, b_vector = form == 0 || form == 2;
      tiles<T>().where[form](condition.data(), a_vector ? a.data() : one_a.data(), b_vector ? b.data() : one_b.data(),
                             y.data(), n);
      bool right = true;
      for (std::int64_t i = 0; i < n; ++i) {
        T expected = condition[i] ? (a_vector ? a[i] : one_a[0]) : (b_vector ? b[i] : one_b[0]);
        right = right && std::memcmp(&y[i], &expected, sizeof(T)) == 0;
      }
      CHECK(right);
    }
  });
}

TEST_CASE("tensor/simd: an element's bits depend neither on its place nor on where the row is cut") {
  for_each_instruction_set([] {
    constexpr std::int64_t n = 77;
    Exact<float> x(n, 1), whole(n), parts(n);
    for (std::size_t f = 0; f < Tiles<float>::unary_count; ++f) {
      auto function = static_cast<UnaryFunction>(f);
      unary(function, x.data(), whole.data(), n);
      for (std::int64_t cut : {1, 7, 16, 40, 75}) {
        unary(function, x.data(), parts.data(), cut);
        unary(function, x.data() + cut, parts.data() + cut, n - cut);
        CHECK(std::memcmp(whole.data(), parts.data(), n * sizeof(float)) == 0);
      }
      std::copy_n(x.data(), n, parts.data());
      unary(function, parts.data(), parts.data(), n);
      CHECK(std::memcmp(whole.data(), parts.data(), n * sizeof(float)) == 0);
    }
  });
}

TEST_CASE("tensor/simd: sums, dot products, largest element") {
  for_each_length([]<class T>(std::int64_t n) {
    Exact<T> a(n, 1), b(n, 2);
    double sum = 0, squares = 0, dot = 0;
    T most = -infinity<T>;
    for (std::int64_t i = 0; i < n; ++i) {
      sum += a[i];
      squares += static_cast<double>(a[i]) * a[i];
      dot += static_cast<double>(a[i]) * b[i];
      most = std::max(most, a[i]);
    }
    const Tiles<T>& t = tiles<T>();
    double scale = static_cast<double>(n + 1);
    CHECK(std::abs(t.sum(a.data(), n) - sum) <= near<T>(1) * scale);
    CHECK(std::abs(t.sum_of_squares(a.data(), n) - squares) <= near<T>(1) * scale);
    CHECK(std::abs(t.dot(a.data(), b.data(), n) - dot) <= near<T>(1) * scale);
    CHECK(t.max(a.data(), n) == most);
    if (n > 0) {
      a[n / 2] = std::numeric_limits<T>::quiet_NaN();
      CHECK(std::isnan(t.max(a.data(), n)));
    }
  });
}

TEST_CASE("tensor/simd: a long float sum keeps its digits") {
  std::vector<float> ones(3'000'000, 0.1f);
  for_each_instruction_set([&] {
    CHECK(tiles<float>().sum(ones.data(), 3'000'000) == doctest::Approx(3e6 * double{0.1f}).epsilon(1e-6));
    CHECK(tiles<float>().sum_of_squares(ones.data(), 3'000'000) ==
          doctest::Approx(3e6 * double{0.1f} * double{0.1f}).epsilon(1e-6));
  });
}

TEST_CASE("tensor/simd: softmax, its logarithm and their gradients") {
  for_each_length([]<class T>(std::int64_t n) {
    Exact<T> x(n, 1), y(n), logs(n), dy(n, 2), dx(n);
    for (T& each : x.span()) each = each * 5 + 300;
    const Tiles<T>& t = tiles<T>();
    double sum = 0;
    for (std::int64_t i = 0; i < n; ++i) sum += std::exp(static_cast<double>(x[i]) - 300);
    t.softmax(x.data(), y.data(), n);
    t.log_softmax(x.data(), logs.data(), n);
    double inner = 0, total = 0;
    bool right = true;
    auto agree = [&](T result, double expected, double scale = 1) {
      right = right && std::abs(result - expected) <= near<T>(expected) * scale;
    };
    for (std::int64_t i = 0; i < n; ++i) {
      agree(y[i], std::exp(x[i] - 300.0) / sum);
      agree(logs[i], x[i] - 300.0 - std::log(sum), 50);
      inner += static_cast<double>(y[i]) * dy[i];
      total += dy[i];
    }
    if (n > 0) agree(t.log_sum_exp(x.data(), n), 300 + std::log(sum), 1);
    t.softmax_gradient(y.data(), dy.data(), dx.data(), n);
    for (std::int64_t i = 0; i < n; ++i) agree(dx[i], y[i] * (dy[i] - inner), 2);
    t.log_softmax_gradient(logs.data(), dy.data(), dx.data(), n);
    for (std::int64_t i = 0; i < n; ++i)
      agree(dx[i], dy[i] - std::exp(static_cast<double>(logs[i])) * total, 2 + std::abs(total));
    t.scaled_exp(x.data(), T(299), T(-0.5), dx.data(), n);
    for (std::int64_t i = 0; i < n; ++i) agree(dx[i], -0.5 * std::exp(x[i] - 299.0), 2);
    agree(static_cast<T>(t.powers(x.data(), T(300), dx.data(), n)), sum);
    for (std::int64_t i = 0; i < n; ++i) agree(dx[i], std::exp(x[i] - 300.0));
    CHECK(right);
  });
}

TEST_CASE("tensor/simd: softmax under a mask, and rows of which nothing is left") {
  for_each_length([]<class T>(std::int64_t n) {
    Exact<T> x(n, 1), y(n), dy(n, 2), dx(n);
    Exact<bool> keep(n, 1);
    const Tiles<T>& t = tiles<T>();
    double sum = 0;
    for (std::int64_t i = 0; i < n; ++i) sum += keep[i] ? std::exp(static_cast<double>(x[i])) : 0;
    t.masked_softmax(x.data(), keep.data(), y.data(), n);
    bool right = true;
    for (std::int64_t i = 0; i < n; ++i) {
      double expected = keep[i] ? std::exp(static_cast<double>(x[i])) / sum : 0;
      right = right && std::abs(y[i] - expected) <= near<T>(expected) && (keep[i] || y[i] == 0);
    }
    CHECK(right);
    std::fill(keep.span().begin(), keep.span().end(), false);
    t.masked_softmax(x.data(), keep.data(), y.data(), n);
    t.softmax_gradient(y.data(), dy.data(), dx.data(), n);
    for (std::int64_t i = 0; i < n; ++i) right = right && y[i] == 0 && dx[i] == 0;
    std::fill(x.span().begin(), x.span().end(), -infinity<T>);
    t.log_softmax(x.data(), y.data(), n);
    for (std::int64_t i = 0; i < n; ++i) right = right && y[i] == -infinity<T>;
    CHECK(t.log_sum_exp(x.data(), n) == -infinity<T>);
    CHECK(right);
  });
}

TEST_CASE("tensor/simd: axpy, multiply_add and Adam") {
  for_each_length([]<class T>(std::int64_t n) {
    Exact<T> a(n, 1), b(n, 2), c(n, 3), y(n), g(n, 4), p(n, 5), m(n, 6), v(n, 7);
    const Tiles<T>& t = tiles<T>();
    bool right = true;
    auto agree = [&](T result, double expected) { right = right && std::abs(result - expected) <= near<T>(expected); };
    t.multiply_add(a.data(), b.data(), c.data(), y.data(), n);
    for (std::int64_t i = 0; i < n; ++i) agree(y[i], static_cast<double>(a[i]) * b[i] + c[i]);
    std::copy_n(b.data(), n, y.data());
    t.axpy(T(-1.5), a.data(), y.data(), n);
    for (std::int64_t i = 0; i < n; ++i) agree(y[i], -1.5 * a[i] + b[i]);

    AdamStep step{
        .learning_rate = 0.01, .epsilon = 1e-8, .correction1 = 0.1, .correction2 = 0.001, .gradient_scale = 0.5};
    for (T& each : v.span()) each = std::abs(each);
    std::vector<double> expected_p, expected_m, expected_v;
    for (std::int64_t i = 0; i < n; ++i) {
      double gradient = g[i] * 0.5;
      expected_m.push_back(0.9 * m[i] + 0.1 * gradient);
      expected_v.push_back(0.999 * v[i] + 0.001 * gradient * gradient);
      expected_p.push_back(p[i] - 0.01 * (expected_m.back() / 0.1) / (std::sqrt(expected_v.back() / 0.001) + 1e-8));
    }
    t.adam(step, g.data(), p.data(), m.data(), v.data(), n);
    for (std::int64_t i = 0; i < n; ++i) {
      agree(p[i], expected_p[static_cast<std::size_t>(i)]);
      agree(m[i], expected_m[static_cast<std::size_t>(i)]);
      agree(v[i], expected_v[static_cast<std::size_t>(i)]);
    }
    CHECK(right);
  });
}
