// Fillers with random numbers that depend on key and logical position only, never on order, threads or machine: what
// draws, dropout and initialisers are made of.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "tensor/philox.h"
#include "tensor/tensor.h"

namespace gradloom {

/// u(seed, i) in [0, 1), 24 bits, by splitmix64 (Steele, Lea, Flood, OOPSLA 2014): the numbers of the reference
/// workload.
constexpr double splitmix_uniform(std::uint64_t seed, std::uint64_t i) {
  std::uint64_t z = seed + (i + 1) * 0x9E3779B97F4A7C15;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  z ^= z >> 31;
  return static_cast<double>(z >> 40) * 0x1p-24;
}

/// Where a row of draws stands: the counter of element `index` is {index / 4, row, t, outer}, its lane index % 4.
struct DrawPosition {
  std::uint32_t row = 0;    ///< the caller's row of the batch
  std::uint32_t t = 0;      ///< the time step of the innermost loop
  std::uint32_t outer = 0;  ///< the time step of the loops around it
};

/// Elements `first`, `first + 1`, ... of a row, uniform in [0, 1). float: the upper 24 bits of the element's word;
/// double: 53 bits, the word and 21 bits
/// of the same lane under the key with its highest bit turned; so the two differ by less than 2^-24.
/// A row has at most 2^34 elements. T: float, double.
template <class T>
void fill_uniform(std::span<T> out, PhiloxKey key, DrawPosition at, std::int64_t first = 0);

/// Standard normal, by the inverse distribution function of one word of 32 bits (|x| < 6.4), computed in double without
/// the C library's logarithm, so the bits are those of every other machine; float is the double rounded. T: float,
/// double.
template <class T>
void fill_normal(std::span<T> out, PhiloxKey key, DrawPosition at, std::int64_t first = 0);

/// 1 with the given probability (to 2^-32), else 0; the same in every T: bool, float, double.
template <class T>
void fill_bernoulli(std::span<T> out, double probability, PhiloxKey key, DrawPosition at, std::int64_t first = 0);

/// The x at which the standard normal distribution function is p, 0 < p < 1, to about 1e-15 (Wichura, algorithm AS 241,
/// Applied Statistics 37, 1988).
double inverse_normal(double p);

/// FNV-1a of 64 bits: a variable's name as the stream of its initialiser.
constexpr std::uint64_t name_hash(std::string_view name) {
  std::uint64_t hash = 0xCBF29CE484222325;
  for (char letter : name) hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001B3;
  return hash;
}

/// Initialisers: every element of a float tensor, row-major, from (seed, name_hash); drawn in double, then rounded to
/// the tensor's dtype, so float32 and float64 models start alike.
void initialise_uniform(Tensor& tensor, double low, double high, std::int64_t seed, std::uint64_t hash);
void initialise_normal(Tensor& tensor, double mean, double deviation, std::int64_t seed, std::uint64_t hash);

}  // namespace gradloom
