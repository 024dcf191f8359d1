// The loops of element-wise kernels: one over elements of equal shapes, and one over runs of operands that broadcast. A
// kernel is a body (one scalar function) handed to one of them.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <type_traits>

#include "base/error.h"
#include "graph/op_def.h"

namespace gradloom {

/// How operands of several shapes are walked in the order of the broadcast result: in runs, inside which each operand
/// is either dense (a step of 1) or one element (a step of 0). Equal shapes and scalars are one run, a row against a
/// matrix is a run a row. It allocates nothing.
class BroadcastWalk {
 public:
  static constexpr std::size_t most_operands = 3;
  static constexpr std::size_t most_axes = 32;
  using Steps = std::array<std::int64_t, most_operands>;

  BroadcastWalk(const Shape& result, std::initializer_list<const Shape*> operands);

  /// Elements in a run.
  std::int64_t length() const { return axis_[0].size; }
  bool is_dense(std::size_t operand) const { return axis_[0].steps[operand] != 0; }

  /// Calls `run(at, offsets)` for each run: where it begins in the result and in each operand.
  template <class Run>
  void each_run(const Run& run) const {
    if (empty_) return;
    Steps offsets{};
    std::array<std::int64_t, most_axes> index{};
    std::int64_t at = 0;
    while (true) {
      run(at, offsets);
      at += length();
      std::size_t axis = 1;
      for (; axis < axes_; ++axis) {
        for (std::size_t o = 0; o < operands_; ++o) offsets[o] += axis_[axis].steps[o];
        if (++index[axis] < axis_[axis].size) break;
        for (std::size_t o = 0; o < operands_; ++o) offsets[o] -= axis_[axis].steps[o] * axis_[axis].size;
        index[axis] = 0;
      }
      if (axis == axes_) return;
    }
  }

 private:
  struct Axis {
    std::int64_t size = 1;
    Steps steps{};
  };
  std::size_t operands_;
  std::array<Axis, most_axes> axis_;  // innermost first
  std::size_t axes_ = 0;
  bool empty_ = false;
};

/// f(a, b) with integers wrapping around, which C++ leaves undefined for signed ones.
template <class T, class F>
T wrapping(const F& f, T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    using Unsigned = std::make_unsigned_t<T>;
    return static_cast<T>(f(static_cast<Unsigned>(a), static_cast<Unsigned>(b)));
  } else {
    return f(a, b);
  }
}

template <class T>
bool is_nan_element(T x) {
  return x != x;
}

/// y[i] = body(x[i]).
template <class T, class R, class Body>
void unary_loop(const Kernel& k, const Body& body) {
  const T* x = k.input(0).as<T>().data();
  R* y = k.output().as<R>().data();
  std::int64_t count = k.output().size();
  for (std::int64_t i = 0; i < count; ++i) y[i] = body(x[i]);
}

/// y = body(a, b), broadcast.
template <class T, class R, class Body>
void binary_loop(const Kernel& k, const Body& body) {
  const T* a_begin = k.input(0).as<T>().data();
  const T* b_begin = k.input(1).as<T>().data();
  R* y_begin = k.output().as<R>().data();
  BroadcastWalk walk(k.output().shape, {&k.input(0).shape, &k.input(1).shape});
  std::int64_t length = walk.length();
  bool a_dense = walk.is_dense(0), b_dense = walk.is_dense(1);
  walk.each_run([&](std::int64_t at, const BroadcastWalk::Steps& offsets) {
    const T *a = a_begin + offsets[0], *b = b_begin + offsets[1];
    R* y = y_begin + at;
    if (a_dense && b_dense) {
      for (std::int64_t i = 0; i < length; ++i) y[i] = body(a[i], b[i]);
    } else if (a_dense) {
      const T second = b[0];
      for (std::int64_t i = 0; i < length; ++i) y[i] = body(a[i], second);
    } else if (b_dense) {
      const T first = a[0];
      for (std::int64_t i = 0; i < length; ++i) y[i] = body(first, b[i]);
    } else {
      const R only = body(a[0], b[0]);
      for (std::int64_t i = 0; i < length; ++i) y[i] = only;
    }
  });
}

/// `visit` for float32, float64, int32 and int64; an InternalError for bool (shape rules have checked before).
template <class F>
void visit_number(DType dtype, const F& f) {
  visit(dtype, [&]<class T>() {
    if constexpr (std::is_same_v<T, bool>)
      throw InternalError("a number's dtype was expected, not bool");
    else
      f.template operator()<T>();
  });
}

// ---- kernels made of a body, a stateless function object for every element type the kernel is for
template <class Body>
void unary_floats(const Kernel& k) {
  visit_float(k.input(0).dtype, [&]<class T>() { unary_loop<T, T>(k, Body()); });
}

template <class Body>
void unary_numbers(const Kernel& k) {
  visit_number(k.input(0).dtype, [&]<class T>() { unary_loop<T, T>(k, Body()); });
}

template <class Body>
void binary_numbers(const Kernel& k) {
  visit_number(k.input(0).dtype, [&]<class T>() { binary_loop<T, T>(k, Body()); });
}

}  // namespace gradloom
