// Draws: the published Philox vectors, the numbers of the reference workload, and that neither order, dtype nor the way
// a row is cut changes a draw.
#include "tensor/random.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <vector>

using namespace gradloom;

TEST_CASE("tensor/philox: the published vectors of Random123") {
  static_assert(philox({0, 0, 0, 0}, {0, 0}) == PhiloxWords{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  constexpr std::uint32_t ones = 0xffffffff;
  CHECK(philox({ones, ones, ones, ones}, {ones, ones}) == PhiloxWords{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        PhiloxWords{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("tensor/philox: a derived key is Philox of step and stream under the key") {
  CHECK(derive_key(0, 0, 0) == PhiloxKey{0x6627e8d5, 0xe169c58d});
  CHECK(derive_key(-1, -1, -1) == PhiloxKey{0x408f276d, 0x41c83b0e});
  CHECK(derive_key(0x299f31d0a4093822, static_cast<std::int64_t>(0x85a308d3243f6a88), 0x0370734413198a2e) ==
        PhiloxKey{0xd16cfe09, 0x94fdcceb});
}

TEST_CASE("tensor/random: splitmix gives the numbers of the reference workload") {
  std::array<double, 4> expected{3940026, 13662877, 12975722, 5198040};
  for (std::size_t i = 0; i < 4; ++i) CHECK(splitmix_uniform(1000, i) == expected[i] / 16777216);
  CHECK(splitmix_uniform(4003, 1) == 94640.0 / 16777216);
}

TEST_CASE("tensor/random: an element is a function of its index, row, t and outer t") {
  PhiloxKey key = derive_key(7, 1, 2);
  std::vector<float> whole(41), part(41);
  fill_uniform(std::span(whole), key, {3, 4, 5});
  for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
    fill_uniform(std::span(part).first(cut), key, {3, 4, 5});
    fill_uniform(std::span(part).subspan(cut), key, {3, 4, 5}, static_cast<std::int64_t>(cut));
    CHECK(part == whole);
  }
  PhiloxWords words = philox({2, 3, 4, 5}, key);
  CHECK(whole[9] == static_cast<float>(words[1] >> 8) / 16777216.0f);
  for (DrawPosition other : {DrawPosition{4, 4, 5}, DrawPosition{3, 5, 5}, DrawPosition{3, 4, 6}}) {
    fill_uniform(std::span(part), key, other);
    CHECK(part != whole);
  }
}

TEST_CASE("tensor/random: float and double draws agree to float precision") {
  PhiloxKey key = derive_key(1, 2, 3);
  std::vector<float> single(1001);
  std::vector<double> twice(1001);
  fill_uniform(std::span(single), key, {});
  fill_uniform(std::span(twice), key, {});
  int finer = 0;
  for (std::size_t i = 0; i < single.size(); ++i) {
    CHECK(twice[i] >= single[i]);
    CHECK(twice[i] - single[i] < 0x1p-24);
    CHECK(twice[i] < 1);
    finer += twice[i] * 0x1p32 != std::floor(twice[i] * 0x1p32);
  }
  CHECK(finer > 990);
  fill_normal(std::span(single), key, {});
  fill_normal(std::span(twice), key, {});
  for (std::size_t i = 0; i < single.size(); ++i) CHECK(single[i] == static_cast<float>(twice[i]));
}

TEST_CASE("tensor/random: bernoulli draws are the same in every dtype, and their share is the probability") {
  PhiloxKey key = derive_key(1, 2, 4);
  constexpr std::size_t count = 40000;
  static std::array<bool, count> flags;
  std::vector<float> single(count);
  std::vector<double> twice(count);
  fill_bernoulli(std::span<bool>(flags), 0.3, key, {});
  fill_bernoulli(std::span(single), 0.3, key, {});
  fill_bernoulli(std::span(twice), 0.3, key, {});
  int ones = 0;
  for (std::size_t i = 0; i < count; ++i) {
    CHECK_UNARY((single[i] == (flags[i] ? 1.0f : 0.0f) && twice[i] == (flags[i] ? 1.0 : 0.0)));
    ones += flags[i];
  }
  CHECK(std::abs(ones / double{count} - 0.3) < 0.01);
  fill_bernoulli(std::span(single), 0.0, key, {});
  CHECK(single == std::vector<float>(count, 0.0f));
  fill_bernoulli(std::span(single), 1.0, key, {});
  CHECK(single == std::vector<float>(count, 1.0f));
}

TEST_CASE("tensor/random: the inverse normal distribution function") {
  CHECK(inverse_normal(0.5) == 0);
  CHECK(inverse_normal(0.3) == doctest::Approx(-0.5244005127080407).epsilon(1e-15));
  CHECK(inverse_normal(0.01) == doctest::Approx(-2.3263478740408408).epsilon(1e-15));
  CHECK(inverse_normal(1e-6) == doctest::Approx(-4.753424308822899).epsilon(1e-15));
  CHECK(inverse_normal(0x1p-33) == doctest::Approx(-6.337957754553789).epsilon(1e-15));
  CHECK(inverse_normal(0.999) == doctest::Approx(3.090232306167813).epsilon(1e-14));
  // The distribution function of the C library, as a second opinion over the whole range.
  double worst = 0;
  for (double p = 0.0005; p < 1; p += 0.0005)
    worst = std::max(worst, std::abs(0.5 * std::erfc(-inverse_normal(p) / std::sqrt(2.0)) - p));
  CHECK(worst < 1e-15);
}

TEST_CASE("tensor/random: normal draws have mean 0 and variance 1") {
  std::vector<double> x(100000);
  fill_normal(std::span(x), derive_key(1, 2, 5), {});
  double sum = 0, squares = 0;
  for (double each : x) {
    sum += each;
    squares += each * each;
  }
  CHECK(std::abs(sum / 1e5) < 0.01);
  CHECK(std::abs(squares / 1e5 - 1) < 0.02);
}

TEST_CASE("tensor/random: initialisers depend on seed and name, not on dtype") {
  Tensor single(DType::float32, {50, 101}), twice(DType::float64, {50, 101}), other(DType::float32, {50, 101});
  initialise_uniform(single, -2, 3, 5, name_hash("encoder/weight"));
  initialise_uniform(twice, -2, 3, 5, name_hash("encoder/weight"));
  CHECK(single.identical(twice.cast(DType::float32)));
  for (double x : twice.values<double>()) CHECK_UNARY((x >= -2 && x < 3));
  initialise_uniform(other, -2, 3, 5, name_hash("encoder/bias"));
  CHECK_FALSE(single.identical(other));
  initialise_uniform(other, -2, 3, 6, name_hash("encoder/weight"));
  CHECK_FALSE(single.identical(other));
  initialise_normal(single, 1, 0.5, 5, name_hash("encoder/weight"));
  initialise_normal(twice, 1, 0.5, 5, name_hash("encoder/weight"));
  CHECK(single.identical(twice.cast(DType::float32)));
  static_assert(name_hash("") == 0xCBF29CE484222325 && name_hash("a") == 0xAF63DC4C8601EC8C);
}

TEST_CASE("tensor/random: a row longer than its counter is a fault") {
  std::vector<float> x(2);
  CHECK_THROWS_WITH_AS(fill_uniform(std::span(x), {}, {}, (std::int64_t{1} << 34) - 1),
                       "a row of 2 draws from 17179869183 goes beyond 2^34 (this is a fault of Gradloom; please report "
                       "it)",
                       InternalError);
}
