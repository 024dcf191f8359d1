// What xsimd 8.1 lacks for our loops, by instruction set: a fused multiply-add with AVX-512, parts of vectors, and
// masks as bytes. Included only by files compiled for one instruction set.
#pragma once

#include <cstdint>
#include <xsimd/xsimd.hpp>

namespace gradloom::simd {

template <class T, class A>
using Pack = xsimd::batch<T, A>;
template <class T, class A>
using PackMask = xsimd::batch_bool<T, A>;

/// a b + c, with one rounding where the instruction set has it.
template <class T, class A>
Pack<T, A> fused(Pack<T, A> a, Pack<T, A> b, Pack<T, A> c) {
  return xsimd::fma(a, b, c);
}

/// The first `count` numbers at `from`, 0 < count < size; `fill` in the other places.
template <class T, class A>
Pack<T, A> load_part(const T* from, std::int64_t count, Pack<T, A> fill) {
  alignas(64) T buffer[Pack<T, A>::size];
  fill.store_aligned(buffer);
  for (std::int64_t i = 0; i < count; ++i) buffer[i] = from[i];
  return Pack<T, A>::load_aligned(buffer);
}

/// Writes the first `count` numbers, 0 < count < size.
template <class T, class A>
void store_part(Pack<T, A> x, T* to, std::int64_t count) {
  alignas(64) T buffer[Pack<T, A>::size];
  x.store_aligned(buffer);
  for (std::int64_t i = 0; i < count; ++i) to[i] = buffer[i];
}

/// The sum of the numbers in a pack, by halves.
template <class T, class A>
T sum_of_lanes(Pack<T, A> x) {
  alignas(64) T lanes[Pack<T, A>::size];
  x.store_aligned(lanes);
  for (std::size_t half = Pack<T, A>::size / 2; half > 0; half /= 2)
    for (std::size_t i = 0; i < half; ++i) lanes[i] += lanes[i + half];
  return lanes[0];
}

/// The sums of four packs.
template <class T, class A>
void sum_lanes_of_four(const Pack<T, A> (&x)[4], T* sums) {
  for (int i = 0; i < 4; ++i) sums[i] = sum_of_lanes(x[i]);
}

/// A mask from one byte a number, 0 or 1.
template <class T, class A>
PackMask<T, A> load_mask(const bool* from, PackMask<T, A>) {
  return PackMask<T, A>::load_unaligned(from);
}

template <class T, class A>
void store_mask(PackMask<T, A> mask, bool* to) {
  mask.store_unaligned(to);
}

#if defined(__AVX2__)
// Halves are added first, then neighbours: three horizontal additions for all four.
inline void sum_lanes_of_halves(__m256 a, __m256 b, __m256 c, __m256 d, float* sums) {
  __m256 pairs = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
  _mm_storeu_ps(sums, _mm_add_ps(_mm256_castps256_ps128(pairs), _mm256_extractf128_ps(pairs, 1)));
}
#endif

#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512DQ__)
using Avx512 = xsimd::avx512bw;

inline Pack<float, Avx512> fused(Pack<float, Avx512> a, Pack<float, Avx512> b, Pack<float, Avx512> c) {
  return _mm512_fmadd_ps(a, b, c);
}
inline Pack<double, Avx512> fused(Pack<double, Avx512> a, Pack<double, Avx512> b, Pack<double, Avx512> c) {
  return _mm512_fmadd_pd(a, b, c);
}
// x 2^n, rounded once.
inline Pack<float, Avx512> scaled(Pack<float, Avx512> x, Pack<float, Avx512> n) { return _mm512_scalef_ps(x, n); }
inline Pack<double, Avx512> scaled(Pack<double, Avx512> x, Pack<double, Avx512> n) { return _mm512_scalef_pd(x, n); }
inline Pack<float, Avx512> load_part(const float* from, std::int64_t count, Pack<float, Avx512> fill) {
  return _mm512_mask_loadu_ps(fill, static_cast<__mmask16>((1u << count) - 1), from);
}
inline Pack<double, Avx512> load_part(const double* from, std::int64_t count, Pack<double, Avx512> fill) {
  return _mm512_mask_loadu_pd(fill, static_cast<__mmask8>((1u << count) - 1), from);
}
inline void store_part(Pack<float, Avx512> x, float* to, std::int64_t count) {
  _mm512_mask_storeu_ps(to, static_cast<__mmask16>((1u << count) - 1), x);
}
inline void store_part(Pack<double, Avx512> x, double* to, std::int64_t count) {
  _mm512_mask_storeu_pd(to, static_cast<__mmask8>((1u << count) - 1), x);
}
/// Row i becomes column i.
inline void transpose_square(Pack<float, Avx512> (&x)[16]) {
  __m512 t[16];
#pragma GCC unroll 8
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_ps(x[i], x[i + 1]);
    t[i + 1] = _mm512_unpackhi_ps(x[i], x[i + 1]);
  }
  __m512 u[16];
#pragma GCC unroll 4
  for (int i = 0; i < 16; i += 4) {
    u[i] = _mm512_shuffle_ps(t[i], t[i + 2], 0x44);
    u[i + 1] = _mm512_shuffle_ps(t[i], t[i + 2], 0xee);
    u[i + 2] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0x44);
    u[i + 3] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0xee);
  }
  // u[4 q + c] holds columns c, c + 4, c + 8 and c + 12 of rows 4 q to 4 q + 3.
#pragma GCC unroll 4
  for (int c = 0; c < 4; ++c) {
    __m512 a = _mm512_shuffle_f32x4(u[c], u[4 + c], 0x88), b = _mm512_shuffle_f32x4(u[8 + c], u[12 + c], 0x88);
    __m512 d = _mm512_shuffle_f32x4(u[c], u[4 + c], 0xdd), e = _mm512_shuffle_f32x4(u[8 + c], u[12 + c], 0xdd);
    x[c] = _mm512_shuffle_f32x4(a, b, 0x88);
    x[8 + c] = _mm512_shuffle_f32x4(a, b, 0xdd);
    x[4 + c] = _mm512_shuffle_f32x4(d, e, 0x88);
    x[12 + c] = _mm512_shuffle_f32x4(d, e, 0xdd);
  }
}
inline __m256 sum_of_halves(__m512 x) { return _mm256_add_ps(_mm512_castps512_ps256(x), _mm512_extractf32x8_ps(x, 1)); }
inline void sum_lanes_of_four(const Pack<float, Avx512> (&x)[4], float* sums) {
  sum_lanes_of_halves(sum_of_halves(x[0]), sum_of_halves(x[1]), sum_of_halves(x[2]), sum_of_halves(x[3]), sums);
}
inline PackMask<float, Avx512> load_mask(const bool* from, PackMask<float, Avx512>) {
  __m512i lanes = _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
  return _mm512_test_epi32_mask(lanes, lanes);
}
inline PackMask<double, Avx512> load_mask(const bool* from, PackMask<double, Avx512>) {
  __m512i lanes = _mm512_cvtepu8_epi64(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from)));
  return _mm512_test_epi64_mask(lanes, lanes);
}
inline void store_mask(PackMask<float, Avx512> mask, bool* to) {
  __m512i lanes = _mm512_maskz_set1_epi32(static_cast<__mmask16>(mask.data), 1);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm512_cvtepi32_epi8(lanes));
}
inline void store_mask(PackMask<double, Avx512> mask, bool* to) {
  __m512i lanes = _mm512_maskz_set1_epi64(static_cast<__mmask8>(mask.data), 1);
  _mm_storel_epi64(reinterpret_cast<__m128i*>(to), _mm512_cvtepi64_epi8(lanes));
}
#elif defined(__AVX2__) && defined(__FMA__)
using Avx2 = xsimd::fma3<xsimd::avx2>;

// All bits in the first `count` lanes.
inline __m256i first_lanes(std::int64_t count, Pack<float, Avx2>) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
inline __m256i first_lanes(std::int64_t count, Pack<double, Avx2>) {
  return _mm256_cmpgt_epi64(_mm256_set1_epi64x(count), _mm256_setr_epi64x(0, 1, 2, 3));
}
inline Pack<float, Avx2> load_part(const float* from, std::int64_t count, Pack<float, Avx2> fill) {
  __m256i lanes = first_lanes(count, fill);
  return _mm256_blendv_ps(fill, _mm256_maskload_ps(from, lanes), _mm256_castsi256_ps(lanes));
}
inline Pack<double, Avx2> load_part(const double* from, std::int64_t count, Pack<double, Avx2> fill) {
  __m256i lanes = first_lanes(count, fill);
  return _mm256_blendv_pd(fill, _mm256_maskload_pd(from, lanes), _mm256_castsi256_pd(lanes));
}
inline void store_part(Pack<float, Avx2> x, float* to, std::int64_t count) {
  _mm256_maskstore_ps(to, first_lanes(count, x), x);
}
inline void store_part(Pack<double, Avx2> x, double* to, std::int64_t count) {
  _mm256_maskstore_pd(to, first_lanes(count, x), x);
}
/// Row i becomes column i.
inline void transpose_square(Pack<float, Avx2> (&x)[8]) {
  __m256 t[8];
#pragma GCC unroll 4
  for (int i = 0; i < 8; i += 2) {
    t[i] = _mm256_unpacklo_ps(x[i], x[i + 1]);
    t[i + 1] = _mm256_unpackhi_ps(x[i], x[i + 1]);
  }
  // u[c] and u[4 + c] hold columns c and c + 4 of rows 0 to 3 and 4 to 7.
  __m256 u[8];
#pragma GCC unroll 2
  for (int i = 0; i < 8; i += 4) {
    u[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
    u[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xee);
    u[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
    u[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xee);
  }
#pragma GCC unroll 4
  for (int c = 0; c < 4; ++c) {
    x[c] = _mm256_permute2f128_ps(u[c], u[4 + c], 0x20);
    x[4 + c] = _mm256_permute2f128_ps(u[c], u[4 + c], 0x31);
  }
}
inline void sum_lanes_of_four(const Pack<float, Avx2> (&x)[4], float* sums) {
  sum_lanes_of_halves(x[0], x[1], x[2], x[3], sums);
}
inline PackMask<float, Avx2> load_mask(const bool* from, PackMask<float, Avx2>) {
  __m256i lanes = _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from)));
  return _mm256_castsi256_ps(_mm256_cmpgt_epi32(lanes, _mm256_setzero_si256()));
}
inline PackMask<double, Avx2> load_mask(const bool* from, PackMask<double, Avx2>) {
  __m256i lanes = _mm256_cvtepu8_epi64(_mm_loadu_si32(from));
  return _mm256_castsi256_pd(_mm256_cmpgt_epi64(lanes, _mm256_setzero_si256()));
}
inline void store_mask(PackMask<float, Avx2> mask, bool* to) {
  // 8 lanes of 32 bits -> 8 bytes, in order.
  __m256i lanes = _mm256_castps_si256(mask);
  __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(lanes), _mm256_extracti128_si256(lanes, 1));
  __m128i bytes = _mm_and_si128(_mm_packs_epi16(words, words), _mm_set1_epi8(1));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(to), bytes);
}
inline void store_mask(PackMask<double, Avx2> mask, bool* to) {
  int bits = _mm256_movemask_pd(mask);
  for (int i = 0; i < 4; ++i) to[i] = (bits >> i & 1) != 0;
}
#elif defined(__SSE2__)
using Sse2 = xsimd::sse2;

inline void sum_lanes_of_four(const Pack<float, Sse2> (&x)[4], float* sums) {
  __m128 a = x[0], b = x[1], c = x[2], d = x[3];
  _MM_TRANSPOSE4_PS(a, b, c, d);
  _mm_storeu_ps(sums, _mm_add_ps(_mm_add_ps(a, b), _mm_add_ps(c, d)));
}
inline PackMask<float, Sse2> load_mask(const bool* from, PackMask<float, Sse2>) {
  __m128i zero = _mm_setzero_si128();
  __m128i words = _mm_unpacklo_epi8(_mm_loadu_si32(from), zero);
  return _mm_castsi128_ps(_mm_cmpgt_epi32(_mm_unpacklo_epi16(words, zero), zero));
}
inline PackMask<double, Sse2> load_mask(const bool* from, PackMask<double, Sse2>) {
  return _mm_castsi128_pd(_mm_set_epi64x(-static_cast<long long>(from[1]), -static_cast<long long>(from[0])));
}
inline void store_mask(PackMask<float, Sse2> mask, bool* to) {
  __m128i words = _mm_packs_epi32(_mm_castps_si128(mask), _mm_castps_si128(mask));
  _mm_storeu_si32(to, _mm_and_si128(_mm_packs_epi16(words, words), _mm_set1_epi8(1)));
}
inline void store_mask(PackMask<double, Sse2> mask, bool* to) {
  int bits = _mm_movemask_pd(mask);
  to[0] = (bits & 1) != 0;
  to[1] = (bits & 2) != 0;
}
#endif

}  // namespace gradloom::simd
