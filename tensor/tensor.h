// Tensor: a dtype, a shape and a row-major buffer with value semantics; TensorView: the same without ownership, for
// kernels. Everything the engine computes with is one of the two.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tensor/dtype.h"

namespace gradloom {

/// Sizes of the axes, outermost first; empty for a scalar.
using Shape = std::vector<std::int64_t>;

/// `[2, 3]`.
std::string shape_text(std::span<const std::int64_t> shape);

/// The number of elements. A negative size or an overflow of int64 is a UserError (Fault::input).
std::int64_t element_count(std::span<const std::int64_t> shape);

/// Elements from one index of an axis to the next, row-major.
Shape row_major_strides(std::span<const std::int64_t> shape);

/// Memory that someone else owns, seen as a row-major tensor. Kernels read and write through these.
struct TensorView {
  DType dtype = DType::float32;
  Shape shape;
  void* data = nullptr;

  std::int64_t size() const;
  std::int64_t rank() const { return static_cast<std::int64_t>(shape.size()); }
  std::size_t bytes() const { return static_cast<std::size_t>(size()) * size_of(dtype); }
  template <class T>
  std::span<T> as() const {
    check(dtype_of<T>);
    return {static_cast<T*>(data), static_cast<std::size_t>(size())};
  }

 private:
  void check(DType asked) const;
};

/// A dtype, a shape and its elements. Copies share the buffer until one of them is written to.
class Tensor {
 public:
  /// A float32 scalar 0.
  Tensor();
  /// Zeros.
  Tensor(DType dtype, Shape shape);

  template <class T>
  static Tensor from(Shape shape, std::span<const T> values) {
    Tensor result(dtype_of<T>, std::move(shape));
    result.fill_from(values.data(), values.size());
    return result;
  }
  template <class T>
  static Tensor from(Shape shape, std::initializer_list<T> values) {
    return from(std::move(shape), std::span<const T>(values.begin(), values.size()));
  }
  template <class T>
  static Tensor from(Shape shape, const std::vector<T>& values) {
    return from(std::move(shape), std::span<const T>(values));
  }
  template <class T>
  static Tensor scalar(T value) {
    return from<T>({}, {value});
  }
  /// A scalar of any dtype from a number: integers truncate, bool is `value != 0`.
  static Tensor scalar(DType dtype, double value);

  DType dtype() const { return dtype_; }
  const Shape& shape() const { return shape_; }
  std::int64_t rank() const { return static_cast<std::int64_t>(shape_.size()); }
  std::int64_t size() const { return size_; }
  std::size_t bytes() const { return static_cast<std::size_t>(size_) * size_of(dtype_); }

  /// The elements, row-major. A UserError when T is not the tensor's dtype.
  template <class T>
  std::span<const T> values() const {
    check(dtype_of<T>);
    return {static_cast<const T*>(data()), static_cast<std::size_t>(size_)};
  }
  template <class T>
  std::span<T> mutable_values() {
    check(dtype_of<T>);
    return {static_cast<T*>(mutable_data()), static_cast<std::size_t>(size_)};
  }
  template <class T>
  std::vector<T> to_vector() const {
    auto all = values<T>();
    return {all.begin(), all.end()};
  }
  /// The only element of a tensor of size 1, whatever its dtype, as a double.
  double item() const;

  const void* data() const { return buffer_.get(); }
  /// Whether another tensor has the same buffer.
  bool is_shared() const { return buffer_.use_count() > 1; }
  /// Takes a copy of the buffer first when it is shared.
  void* mutable_data();
  /// The memory seen as a view. A const tensor's view must only be read.
  TensorView view();
  TensorView view() const;

  Tensor reshaped(Shape shape) const;
  /// Every element converted: float to int saturates (NaN is 0), to bool is `x != 0`.
  Tensor cast(DType dtype) const;
  /// Same dtype, shape and bytes (so NaN equals itself and 0.0 differs from -0.0).
  bool identical(const Tensor& other) const;
  /// `float32 [2, 3] {1, 2, 3, ...}`, at most `limit` elements.
  std::string text(std::int64_t limit = 16) const;

 private:
  void check(DType asked) const;
  void fill_from(const void* values, std::size_t count);

  DType dtype_ = DType::float32;
  Shape shape_;
  std::int64_t size_ = 1;
  std::shared_ptr<std::byte> buffer_;
};

/// Uninitialised bytes aligned to 64; from 4 MiB on aligned to 2 MiB with huge pages advised. A UserError
/// (Fault::system) naming the bytes when the machine has no such memory.
std::shared_ptr<std::byte> allocate_bytes(std::size_t bytes);

}  // namespace gradloom
