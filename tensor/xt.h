// The only file that includes xtensor and xtensor-blas: adaptors from this project's tensors, and the cures for three
// faults of xtensor 0.24.3. Include it in .cpp files only: it costs seconds a file to compile.
#pragma once

#include <initializer_list>
#include <utility>
#include <vector>
#include <xtensor/xadapt.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xtensor.hpp>
#include <xtensor/xview.hpp>

// xtensor 0.24.3 as C++20 takes the shape of a dynamic array for one of fixed rank 4, and its temporaries then crash:
// say what it is, before xtensor-blas makes the first such temporary.
template <>
struct xt::detail::xtype_for_shape<xt::dynamic_shape<std::size_t>> {
  template <class T, xt::layout_type L>
  using type = xt::xarray<T, L>;
};

#include <xtensor-blas/xlinalg.hpp>

#include "tensor/tensor.h"

namespace gradloom {

namespace xt_detail {
inline std::vector<std::size_t> shape_of(const Shape& shape) { return {shape.begin(), shape.end()}; }
}  // namespace xt_detail

/// The view's memory as an xtensor expression that can be read and assigned to; nothing is copied. An InternalError
/// when T is not the view's dtype.
template <class T>
auto adapt(const TensorView& view) {
  auto values = view.as<T>();
  return xt::adapt(values.data(), values.size(), xt::no_ownership(), xt_detail::shape_of(view.shape));
}

/// A tensor's elements as an xtensor expression that can be read, valid while the tensor is neither written nor
/// destroyed.
template <class T>
auto adapt(const Tensor& tensor) {
  auto values = tensor.values<T>();
  return xt::adapt(values.data(), values.size(), xt::no_ownership(), xt_detail::shape_of(tensor.shape()));
}

/// The sum over the axes, which stay with size 1, stored. Within a larger expression xtensor's own lazy reductions with
/// keep_dims give wrong numbers and read past the end, so kernels use these two.
template <class E>
xt::xarray<typename E::value_type> sum_over(const E& expression, const std::vector<std::size_t>& axes) {
  return xt::sum<typename E::value_type>(expression, axes, xt::keep_dims | xt::evaluation_strategy::immediate);
}

/// The largest element over the axes, which stay with size 1, stored.
template <class E>
xt::xarray<typename E::value_type> max_over(const E& expression, const std::vector<std::size_t>& axes) {
  return xt::amax<typename E::value_type>(expression, axes, xt::keep_dims | xt::evaluation_strategy::immediate);
}

/// The product of two matrices, [m, k] x [k, n] -> [m, n]. xt::linalg::dot crashes on empty arrays and throws on
/// non-contiguous ones; this one takes both.
template <class A, class B>
xt::xarray<typename A::value_type> matrix_product(const A& a, const B& b) {
  using T = typename A::value_type;
  ensure(a.dimension() == 2 && b.dimension() == 2 && a.shape(1) == b.shape(0), "matrix_product of ranks ",
         a.dimension(), " and ", b.dimension(), " with unequal inner sizes");
  std::vector<std::size_t> shape{a.shape(0), b.shape(1)};
  if (a.shape(0) == 0 || b.shape(1) == 0 || a.shape(1) == 0) return xt::xarray<T>(shape, T{0});
  xt::xarray<T> contiguous_a = a;
  xt::xarray<T> contiguous_b = b;
  return xt::linalg::dot(contiguous_a, contiguous_b);
}

}  // namespace gradloom
