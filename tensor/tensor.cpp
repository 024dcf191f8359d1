// Buffers, conversion and text of tensors, as declared in tensor.h.
#include "tensor/tensor.h"

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <limits>
#include <mutex>

#include "tensor/convert.h"
#include "tensor/slab.h"

namespace gradloom {

std::string shape_text(std::span<const std::int64_t> shape) {
  std::string out = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) out += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return out + "]";
}

std::int64_t element_count(std::span<const std::int64_t> shape) {
  std::int64_t count = 1;
  bool overflow = false;
  bool empty = false;
  for (std::int64_t size : shape) {
    require(size >= 0, Fault::input, "shape ", shape_text(shape), " has the negative size ", size);
    empty = empty || size == 0;
    if (__builtin_mul_overflow(count, size, &count)) overflow = true;
  }
  if (empty) return 0;
  // 16 bytes an element is more than any dtype takes: byte counts fit as well.
  require(!overflow && count <= std::numeric_limits<std::int64_t>::max() / 16, Fault::input, "shape ",
          shape_text(shape), " has more elements than a machine can address");
  return count;
}

Shape row_major_strides(std::span<const std::int64_t> shape) {
  Shape strides(shape.size());
  // An empty tensor's other sizes may multiply beyond 64 bits; its strides are never used.
  std::int64_t stride = element_count(shape) == 0 ? 0 : 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= stride == 0 ? 0 : shape[i];
  }
  return strides;
}

namespace {

constexpr std::size_t huge_page = std::size_t{2} << 20, large_bytes = 2 * huge_page, cache_line = 64;
thread_local int open_slab_scopes = 0;

std::shared_ptr<std::byte> allocate_aligned(std::size_t bytes, std::size_t alignment) {
  require(bytes < std::numeric_limits<std::size_t>::max() - alignment, Fault::system, "cannot allocate ", bytes,
          " bytes");
  std::size_t rounded = (bytes + alignment - 1) / alignment * alignment;
  void* memory = std::aligned_alloc(alignment, rounded == 0 ? alignment : rounded);
  require(memory != nullptr, Fault::system, "cannot allocate ", bytes, " bytes");
  if (alignment == huge_page) madvise(memory, rounded, MADV_HUGEPAGE);
  return {static_cast<std::byte*>(memory), [](std::byte* p) { std::free(p); }};
}

std::shared_ptr<std::byte> allocate_in_slab(std::size_t bytes) {
  static std::mutex mutex;
  static std::weak_ptr<std::byte> current;
  static std::size_t used = 0;
  std::size_t rounded = (bytes + cache_line - 1) / cache_line * cache_line;
  std::lock_guard lock(mutex);
  std::shared_ptr<std::byte> slab = current.lock();
  if (slab == nullptr || large_bytes - used < rounded) {
    slab = allocate_aligned(large_bytes, huge_page);
    current = slab;
    used = 0;
  }
  std::byte* begin = slab.get() + used;
  used += rounded;
  // Counted by itself: whether a buffer is shared says nothing of its neighbours.
  return {begin, [slab](std::byte*) {}};
}

}  // namespace

SlabScope::SlabScope() { ++open_slab_scopes; }
SlabScope::~SlabScope() { --open_slab_scopes; }
bool SlabScope::is_open() { return open_slab_scopes > 0; }

std::shared_ptr<std::byte> allocate_bytes(std::size_t bytes) {
  constexpr std::size_t least_in_slab = std::size_t{16} << 10;
  if (bytes >= large_bytes) return allocate_aligned(bytes, huge_page);
  return SlabScope::is_open() && bytes >= least_in_slab ? allocate_in_slab(bytes) : allocate_aligned(bytes, cache_line);
}

std::int64_t TensorView::size() const {
  std::int64_t count = 1;
  for (std::int64_t n : shape) {
    if (n == 0) return 0;
    count = static_cast<std::int64_t>(static_cast<std::uint64_t>(count) * static_cast<std::uint64_t>(n));
  }
  return count;
}

void TensorView::check(DType asked) const {
  ensure(asked == dtype, "a view of ", name_of(dtype), " was read as ", name_of(asked));
}

Tensor::Tensor() : Tensor(DType::float32, {}) {}

Tensor::Tensor(DType dtype, Shape shape)
    : dtype_(dtype), shape_(std::move(shape)), size_(element_count(shape_)), buffer_(allocate_bytes(bytes())) {
  std::memset(buffer_.get(), 0, bytes());
}

Tensor Tensor::scalar(DType dtype, double value) {
  Tensor result(dtype, {});
  visit(dtype, [&]<class T>() { result.mutable_values<T>()[0] = convert_element<T>(value); });
  return result;
}

double Tensor::item() const {
  require(size_ == 1, Fault::usage, "item() of a tensor of shape ", shape_text(shape_), ", which has ", size_,
          " elements, not 1");
  return visit(dtype_, [&]<class T>() { return static_cast<double>(values<T>()[0]); });
}

void* Tensor::mutable_data() {
  if (buffer_.use_count() > 1) {
    auto copy = allocate_bytes(bytes());
    std::memcpy(copy.get(), buffer_.get(), bytes());
    buffer_ = std::move(copy);
  }
  return buffer_.get();
}

TensorView Tensor::view() { return {dtype_, shape_, mutable_data()}; }
TensorView Tensor::view() const { return {dtype_, shape_, buffer_.get()}; }

Tensor Tensor::reshaped(Shape shape) const {
  require(element_count(shape) == size_, Fault::usage, "reshaped: shape ", shape_text(shape_), " has ", size_,
          " elements but ", shape_text(shape), " has ", element_count(shape));
  Tensor result = *this;
  result.shape_ = std::move(shape);
  return result;
}

Tensor Tensor::cast(DType dtype) const {
  if (dtype == dtype_) return *this;
  Tensor result(dtype, shape_);
  visit(dtype_, [&]<class From>() {
    visit(dtype, [&]<class To>() {
      auto from = values<From>();
      auto to = result.mutable_values<To>();
      for (std::size_t i = 0; i < from.size(); ++i) to[i] = convert_element<To>(from[i]);
    });
  });
  return result;
}

bool Tensor::identical(const Tensor& other) const {
  return dtype_ == other.dtype_ && shape_ == other.shape_ && std::memcmp(data(), other.data(), bytes()) == 0;
}

std::string Tensor::text(std::int64_t limit) const {
  std::string out = concat_text(name_of(dtype_), " ", shape_text(shape_), " {");
  visit(dtype_, [&]<class T>() {
    auto all = values<T>();
    for (std::int64_t i = 0; i < std::min(size_, limit); ++i) {
      if (i > 0) out += ", ";
      if constexpr (std::is_floating_point_v<T>)
        out += number_text(all[static_cast<std::size_t>(i)]);
      else
        out += concat_text(all[static_cast<std::size_t>(i)]);
    }
  });
  return out + (size_ > limit ? ", ...}" : "}");
}

void Tensor::check(DType asked) const {
  require(asked == dtype_, Fault::usage, "a tensor of ", name_of(dtype_), " was read as ", name_of(asked));
}

void Tensor::fill_from(const void* values, std::size_t count) {
  require(static_cast<std::size_t>(size_) == count, Fault::usage, "a tensor of shape ", shape_text(shape_), " needs ",
          size_, " values, not ", count);
  if (count > 0) std::memcpy(buffer_.get(), values, bytes());
}

}  // namespace gradloom
