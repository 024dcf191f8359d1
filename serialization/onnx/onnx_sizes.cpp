// Computed sizes (2*n + 1, floordiv(n, 2)) as int64 arithmetic on the sizes of symbols.
#include "base/error.h"
#include "graph/dim_terms.h"
#include "serialization/onnx/onnx_graph.h"

namespace gradloom {

namespace {

// Of int64 ONNX's Div drops the fraction, but Mod takes the divisor's sign, which is positive: a less the rest divides
// without remainder.
std::string function_of_sizes(OnnxGraph& to, std::string_view function, const std::string& a, const std::string& b) {
  if (function == "max") return to.add("Max", {a, b});
  if (function == "min") return to.add("Min", {a, b});
  if (function == "floordiv") return to.add("Div", {to.add("Sub", {a, to.add("Mod", {a, b})}), b});
  ensure(function == "ceildiv", "export: sizes know no function ", function);
  return to.add("Div", {to.add("Add", {a, to.add("Mod", {to.add("Neg", {a}), b})}), b});
}

}  // namespace

std::string OnnxGraph::computed_size(const Dim& dim) {
  std::string sum;
  for (const DimTerm& term : terms_of(dim)) {
    std::string product;
    if (term.coefficient != 1 || term.factors.empty()) product = size(term.coefficient);
    for (const DimFactor& factor : term.factors) {
      std::string value = factor.function.empty()
                              ? size(Dim(factor.symbol))
                              : function_of_sizes(*this, factor.function, size(factor.a), size(factor.b));
      product = product.empty() ? value : add("Mul", {product, value});
    }
    sum = sum.empty() ? product : add("Add", {sum, product});
  }
  return sum;
}

}  // namespace gradloom
