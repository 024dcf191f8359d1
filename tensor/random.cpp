// The fillers declared in random.h: Philox blocks of four words, each word made into one element.
#include "tensor/random.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace gradloom {

namespace {

constexpr std::int64_t row_limit = std::int64_t{1} << 34;

// The part of a row that one counter covers: out[start + lane] belongs to the lanes begin to end.
struct Block {
  PhiloxWords counter;
  std::size_t start;
  std::size_t begin;
  std::size_t end;
};

template <class F>
void for_each_block(std::size_t size, DrawPosition at, std::int64_t first, F&& f) {
  ensure(first >= 0 && static_cast<std::int64_t>(size) <= row_limit - first, "a row of ", size, " draws from ", first,
         " goes beyond 2^34");
  std::uint64_t index = static_cast<std::uint64_t>(first);
  std::size_t begin = index % 4;
  for (std::size_t done = 0; done < size; begin = 0) {
    std::size_t end = std::min<std::size_t>(4, begin + size - done);
    // start wraps below zero when the row begins inside a block; start + lane does not.
    f(Block{{static_cast<std::uint32_t>(index / 4), at.row, at.t, at.outer}, done - begin, begin, end});
    done += end - begin;
    index += end - begin;
  }
}

// Sets each element from its word: f(word) is the element.
template <class T, class F>
void fill_from_words(std::span<T> out, PhiloxKey key, DrawPosition at, std::int64_t first, F&& f) {
  for_each_block(out.size(), at, first, [&](const Block& block) {
    PhiloxWords words = philox(block.counter, key);
    for (std::size_t lane = block.begin; lane < block.end; ++lane) out[block.start + lane] = f(words[lane]);
  });
}

template <std::size_t N>
double polynomial(const std::array<double, N>& coefficients, double x) {
  double sum = coefficients[N - 1];
  for (std::size_t i = N - 1; i-- > 0;) sum = sum * x + coefficients[i];
  return sum;
}

// log of a normal positive number by 2 atanh(s), s = (m - 1) / (m + 1), to about 2 ulp.
double portable_log(double x) {
  int exponent = 0;
  double m = std::frexp(x, &exponent);
  if (m < 0.70710678118654752) {
    m *= 2;
    --exponent;
  }
  double s = (m - 1) / (m + 1);
  double square = s * s;
  double series = 0;
  for (int k = 21; k >= 1; k -= 2) series = series * square + 1.0 / k;
  return 2 * s * series + exponent * 0.69314718055994531;
}

}  // namespace

double inverse_normal(double p) {
  constexpr std::array central_top{3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
                                   1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
                                   3.3430575583588128105e4, 2.5090809287301226727e3};
  constexpr std::array central_bottom{1.0,
                                      4.2313330701600911252e1,
                                      6.8718700749205790830e2,
                                      5.3941960214247511077e3,
                                      2.1213794301586595867e4,
                                      3.9307895800092710610e4,
                                      2.8729085735721942674e4,
                                      5.2264952788528545610e3};
  constexpr std::array near_top{1.42343711074968357734e0,  4.63033784615654529590e0, 5.76949722146069140550e0,
                                3.64784832476320460504e0,  1.27045825245236838258e0, 2.41780725177450611770e-1,
                                2.27238449892691845833e-2, 7.74545014278341407640e-4};
  constexpr std::array near_bottom{1.0,
                                   2.05319162663775882187e0,
                                   1.67638483018380384940e0,
                                   6.89767334985100004550e-1,
                                   1.48103976427480074590e-1,
                                   1.51986665636164571966e-2,
                                   5.47593808499534494600e-4,
                                   1.05075007164441684324e-9};
  constexpr std::array far_top{6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,
                               2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                               2.71155556874348757815e-5, 2.01033439929228813265e-7};
  constexpr std::array far_bottom{1.0,
                                  5.99832206555887937690e-1,
                                  1.36929880922735805310e-1,
                                  1.48753612908506148525e-2,
                                  7.86869131145613259100e-4,
                                  1.84631831751005468180e-5,
                                  1.42151175831644588870e-7,
                                  2.04426310338993978564e-15};
  double q = p - 0.5;
  if (std::abs(q) <= 0.425) {
    double r = 0.180625 - q * q;
    return q * polynomial(central_top, r) / polynomial(central_bottom, r);
  }
  double r = std::sqrt(-portable_log(q < 0 ? p : 1 - p));
  double x = r <= 5 ? polynomial(near_top, r - 1.6) / polynomial(near_bottom, r - 1.6)
                    : polynomial(far_top, r - 5) / polynomial(far_bottom, r - 5);
  return q < 0 ? -x : x;
}

template <class T>
void fill_uniform(std::span<T> out, PhiloxKey key, DrawPosition at, std::int64_t first) {
  if constexpr (std::is_same_v<T, float>) {
    fill_from_words(out, key, at, first, [](std::uint32_t word) { return static_cast<float>(word >> 8) * 0x1p-24f; });
  } else {
    PhiloxKey second_key{key.low, key.high ^ 0x80000000};
    for_each_block(out.size(), at, first, [&](const Block& block) {
      PhiloxWords upper = philox(block.counter, key);
      PhiloxWords lower = philox(block.counter, second_key);
      for (std::size_t lane = block.begin; lane < block.end; ++lane) {
        std::uint64_t bits = (std::uint64_t{upper[lane]} << 21) | (lower[lane] >> 11);
        out[block.start + lane] = static_cast<double>(bits) * 0x1p-53;
      }
    });
  }
}

template <class T>
void fill_normal(std::span<T> out, PhiloxKey key, DrawPosition at, std::int64_t first) {
  fill_from_words(out, key, at, first, [](std::uint32_t word) {
    return static_cast<T>(inverse_normal((static_cast<double>(word) + 0.5) * 0x1p-32));
  });
}

template <class T>
void fill_bernoulli(std::span<T> out, double probability, PhiloxKey key, DrawPosition at, std::int64_t first) {
  fill_from_words(out, key, at, first, [&](std::uint32_t word) {
    return static_cast<T>(static_cast<double>(word) * 0x1p-32 < probability);
  });
}

template void fill_uniform(std::span<float>, PhiloxKey, DrawPosition, std::int64_t);
template void fill_uniform(std::span<double>, PhiloxKey, DrawPosition, std::int64_t);
template void fill_normal(std::span<float>, PhiloxKey, DrawPosition, std::int64_t);
template void fill_normal(std::span<double>, PhiloxKey, DrawPosition, std::int64_t);
template void fill_bernoulli(std::span<bool>, double, PhiloxKey, DrawPosition, std::int64_t);
template void fill_bernoulli(std::span<float>, double, PhiloxKey, DrawPosition, std::int64_t);
template void fill_bernoulli(std::span<double>, double, PhiloxKey, DrawPosition, std::int64_t);

namespace {

// Draws in blocks of doubles, so that the tensor may be float32 and may have more elements than one row.
template <class Fill>
void initialise(Tensor& tensor, double offset, double scale, Fill&& fill) {
  constexpr std::int64_t block_size = 4096;
  std::vector<double> block;
  for (std::int64_t begin = 0; begin < tensor.size(); begin += block_size) {
    block.resize(static_cast<std::size_t>(std::min(block_size, tensor.size() - begin)));
    fill(std::span(block), DrawPosition{.row = static_cast<std::uint32_t>(begin / row_limit)}, begin % row_limit);
    visit_float(tensor.dtype(), [&]<class T>() {
      auto out = tensor.mutable_values<T>().subspan(static_cast<std::size_t>(begin));
      for (std::size_t i = 0; i < block.size(); ++i) out[i] = static_cast<T>(offset + scale * block[i]);
    });
  }
}

}  // namespace

void initialise_uniform(Tensor& tensor, double low, double high, std::int64_t seed, std::uint64_t hash) {
  PhiloxKey key = derive_key(seed, 0, static_cast<std::int64_t>(hash));
  initialise(tensor, low, high - low, [&](std::span<double> block, DrawPosition at, std::int64_t first) {
    fill_uniform(block, key, at, first);
  });
}

void initialise_normal(Tensor& tensor, double mean, double deviation, std::int64_t seed, std::uint64_t hash) {
  PhiloxKey key = derive_key(seed, 0, static_cast<std::int64_t>(hash));
  initialise(tensor, mean, deviation,
             [&](std::span<double> block, DrawPosition at, std::int64_t first) { fill_normal(block, key, at, first); });
}

}  // namespace gradloom
