// Tensors: value semantics, conversion that saturates, sizes that overflow, and the texts of their errors.
#include "tensor/tensor.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <vector>

#include "tensor/slab.h"

using namespace gradloom;

TEST_CASE("tensor: copies share until one is written") {
  Tensor a = Tensor::from<float>({2}, {1, 2});
  Tensor b = a;
  CHECK(a.data() == b.data());
  b.mutable_values<float>()[0] = 5;
  CHECK(a.values<float>()[0] == 1);
  CHECK(b.text() == "float32 [2] {5, 2}");
}

TEST_CASE("tensor: float to integer saturates and NaN is 0") {
  double inf = std::numeric_limits<double>::infinity();
  Tensor x = Tensor::from<double>({5}, {1e30, -inf, 2147483647.0, -1.9, std::numeric_limits<double>::quiet_NaN()});
  CHECK(x.cast(DType::int32).to_vector<std::int32_t>() ==
        std::vector<std::int32_t>{2147483647, -2147483647 - 1, 2147483647, -1, 0});
  CHECK(x.cast(DType::int64).to_vector<std::int64_t>()[0] == std::numeric_limits<std::int64_t>::max());
  CHECK(Tensor::from<float>({1}, {std::numeric_limits<float>::max()}).cast(DType::int64).item() ==
        9223372036854775807.0);
}

TEST_CASE("tensor: sizes that cannot be are refused before any allocation") {
  CHECK_THROWS_WITH_AS(Tensor(DType::float32, {2, -1}), "shape [2, -1] has the negative size -1", UserError);
  CHECK_THROWS_WITH_AS(Tensor(DType::float32, {std::int64_t{1} << 62, 4}),
                       "shape [4611686018427387904, 4] has more elements than a machine can address", UserError);
  CHECK(Tensor(DType::float32, {std::int64_t{1} << 62, 0}).size() == 0);
}

TEST_CASE("tensor: wrong element type, count and shape") {
  Tensor x = Tensor::from<float>({2}, {1, 2});
  CHECK_THROWS_WITH_AS(x.values<double>(), "a tensor of float32 was read as float64", UserError);
  CHECK_THROWS_WITH_AS(Tensor::from<float>({3}, {1, 2}), "a tensor of shape [3] needs 3 values, not 2", UserError);
  CHECK_THROWS_WITH_AS(x.reshaped({3}), "reshaped: shape [2] has 2 elements but [3] has 3", UserError);
  CHECK_THROWS_WITH_AS(x.item(), "item() of a tensor of shape [2], which has 2 elements, not 1", UserError);
}

TEST_CASE("tensor/tensor: buffers of a slab stand side by side, and outlive each other") {
  auto address = [](const Tensor& tensor) { return reinterpret_cast<std::uintptr_t>(tensor.data()); };
  constexpr std::int64_t floats = 5001;
  Tensor last;
  {
    SlabScope together;
    CHECK(SlabScope::is_open());
    Tensor a(DType::float32, {floats}), b(DType::float32, {floats}), small(DType::float32, {3});
    Tensor c(DType::float32, {floats});
    CHECK(address(b) - address(a) == 20032);
    CHECK(address(c) - address(b) == 20032);
    CHECK(!c.is_shared());
    for (float& x : c.mutable_values<float>()) x = 7;
    last = c;
  }
  CHECK(!SlabScope::is_open());
  for (float x : last.values<float>()) REQUIRE(x == 7);
  // More than one slab holds.
  SlabScope together;
  std::vector<Tensor> many;
  for (int i = 0; i < 9; ++i) many.emplace_back(DType::float64, Shape{100'000});
  for (Tensor& tensor : many) tensor.mutable_values<double>()[99'999] = 1;
  for (const Tensor& tensor : many) CHECK(tensor.values<double>()[0] == 0);
}
