// Products of ONNX: MatMul, Gemm and Einsum.
#include <cmath>

#include "serialization/onnx_import/operators.h"

namespace gradloom {

namespace {

Values matrix_product(const ImportNode& node) { return {matmul(node.input(0), node.input(1))}; }

// x * factor; a factor of integers must be a whole number.
Value scaled(const ImportNode& node, Value x, std::string_view name, double factor) {
  if (factor == 1) return x;
  node.require(is_float(x.dtype()) || factor == std::floor(factor), name, " is ", factor,
               " but integers are multiplied, so a whole number is needed");
  return x * factor;
}

// alpha * a' b' + beta * c
Values gemm(const ImportNode& node) {
  Value a = node.input(0), b = node.input(1), c = node.optional_input(2);
  bool a_transposed = node.flag("transA", false), b_transposed = node.flag("transB", false);
  double alpha = node.real("alpha", 1), beta = node.real("beta", 1);
  node.require(a.rank() == 2 && b.rank() == 2, "A is ", a.type().text(), " and B ", b.type().text(),
               " but matrices are needed");
  bool is_layer = !a_transposed && b_transposed && alpha == 1 && c && beta == 1 && c.shape() == Dims{b.dim(0)};
  if (is_layer) return {linear(a, b, c)};
  Value product = dot_general(a, b, {}, {}, {a_transposed ? 0 : 1}, {b_transposed ? 1 : 0});
  product = scaled(node, product, "alpha", alpha);
  if (!c || beta == 0) return {product};
  Value y = product + scaled(node, c, "beta", beta);
  node.require(y.shape() == product.shape(), "C is ", c.type().text(), ", which does not broadcast to ",
               product.type().text());
  return {y};
}

Values sum_of_products(const ImportNode& node) { return {einsum(node.text("equation"), node.inputs())}; }

constexpr ImportRule rules[] = {
    {"MatMul", matrix_product},
    {"Gemm", gemm},
    {"Einsum", sum_of_products},
};

}  // namespace

ImportRules product_imports() { return rules; }

}  // namespace gradloom
