// The definitions of the compiled forms of dot_general: attributes and kernels are those of the operation.
#include "runtime/product_ops.h"

#include "ops/ops.h"
#include "ops/product.h"

namespace gradloom {

namespace {

constexpr AttributeDef batch_a{"batch_a", AttributeKind::integers, "required", "as in dot_general"},
    batch_b{"batch_b", AttributeKind::integers, "required", "as in dot_general"},
    contract_a{"contract_a", AttributeKind::integers, "required", "as in dot_general"},
    contract_b{"contract_b", AttributeKind::integers, "required", "as in dot_general"},
    result_shape{"shape", AttributeKind::dims, "required", "the shape of the result"};

Types given_shape(const Infer& in) { return {{in.dtype(0), in.attribute<Dims>("shape")}}; }

}  // namespace

const OpDef active_product_op{
    .name = "active_product",
    .summary = "a product of the rows that are not padding",
    .inputs = {"a", "b", "active", "bias?"},
    .attributes = {batch_a,
                   batch_b,
                   contract_a,
                   contract_b,
                   result_shape,
                   {"summed", AttributeKind::boolean, "required", "whether the rows are contracted"},
                   {"a_rests", AttributeKind::boolean, "false",
                    "whether a's rows are 0 where the mask leaves them out"}},
    .shape = given_shape,
    .kernel = active_product_kernel};

const OpDef biased_product_op{.name = "biased_product",
                              .summary = "a product and numbers added to its rows",
                              .inputs = {"a", "b", "bias"},
                              .attributes = {batch_a, batch_b, contract_a, contract_b, result_shape},
                              .shape = given_shape,
                              .kernel = biased_product_kernel};

const OpDef product_with_sums_op{
    .name = "product_with_sums",
    .summary = "a product summed over rows, and the sum of its first operand's rows",
    .inputs = {"a", "b", "active?"},
    .outputs = {"y", "sums"},
    .attributes = {batch_a, batch_b, contract_a, contract_b, result_shape},
    .shape = [](const Infer& in) -> Types {
      const Dims& a = in.shape(0);
      return {{in.dtype(0), in.attribute<Dims>("shape")}, {in.dtype(0), Dims(a.begin() + 2, a.end())}};
    },
    .kernel = product_with_sums_kernel};

bool is_product(const Node& node) {
  return node.kind == NodeKind::operation && (node.op == &active_product_op || node.op == &biased_product_op ||
                                              node.op == &product_with_sums_op || node.op->name == "dot_general");
}

}  // namespace gradloom
