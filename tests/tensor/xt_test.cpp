// The faults of xtensor that tensor/xt.h cures, each by the case that shows it.
#include "tensor/xt.h"

#include <doctest/doctest.h>

#include <cmath>

using namespace gradloom;

TEST_CASE("tensor/xt: a view is read and written without a copy") {
  Tensor x = Tensor::from<float>({2, 3}, {1, 2, 3, 4, 5, 6});
  Tensor y(DType::float32, {2, 3});
  auto out = adapt<float>(y.view());
  out = adapt<float>(std::as_const(x)) * 2 + 1;
  CHECK(y.to_vector<float>() == std::vector<float>{3, 5, 7, 9, 11, 13});
  CHECK_THROWS_WITH_AS(adapt<double>(y.view()),
                       "a view of float32 was read as float64 (this is a fault of Gradloom; please report it)",
                       InternalError);
  Tensor scalar = Tensor::scalar(3.0);
  CHECK(adapt<double>(scalar)() == 3);
}

TEST_CASE("tensor/xt: temporaries of dynamic rank keep their rank") {
  xt::xarray<double> x = xt::arange<double>(0, 24).reshape({2, 3, 4});
  xt::xarray<double> y = xt::eval(xt::transpose(x, {2, 0, 1}) + 1.0);
  CHECK(y.dimension() == 3);
  CHECK(y(3, 1, 2) == 24);
  auto sums = xt::eval(xt::sum(x, {0}));
  CHECK(sums.dimension() == 2);
  CHECK(sums(2, 3) == 34);
}

TEST_CASE("tensor/xt: softmax of stored reductions") {
  xt::xarray<float> x{{1, 2, 3}, {4, 6, 9}};
  xt::xarray<float> e = xt::exp(x - max_over(x, {1}));
  xt::xarray<float> y = e / sum_over(e, {1});
  for (std::size_t row = 0; row < 2; ++row) {
    float sum = 0;
    for (std::size_t i = 0; i < 3; ++i) sum += std::exp(x(row, i));
    for (std::size_t i = 0; i < 3; ++i) CHECK(y(row, i) == doctest::Approx(std::exp(x(row, i)) / sum).epsilon(1e-6));
  }
  CHECK(sum_over(x, {0, 1}).shape() == xt::xarray<float>::shape_type{1, 1});
}

TEST_CASE("tensor/xt: products of empty and of transposed matrices") {
  xt::xarray<double> a = xt::arange<double>(0, 6).reshape({2, 3});
  auto y = matrix_product(a, xt::transpose(a));
  CHECK(y == xt::xarray<double>{{5, 14}, {14, 50}});
  xt::xarray<double> no_columns = xt::zeros<double>({2, 0});
  xt::xarray<double> no_rows = xt::zeros<double>({0, 3});
  CHECK(matrix_product(no_columns, no_rows) == xt::zeros<double>({2, 3}));
  CHECK(matrix_product(no_rows, xt::transpose(a)).shape() == xt::xarray<double>::shape_type{0, 2});
  CHECK_THROWS_WITH_AS(matrix_product(a, a),
                       "matrix_product of ranks 2 and 2 with unequal inner sizes (this is a fault of Gradloom; please "
                       "report it)",
                       InternalError);
}
