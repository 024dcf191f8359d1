// The definition of active_product: attributes and kernel are those of dot_general.
#include "runtime/active_product_op.h"

#include "ops/ops.h"
#include "ops/product.h"

namespace gradloom {

const OpDef active_product_op{
    .name = "active_product",
    .summary = "a product of the rows that are not padding",
    .inputs = {"a", "b", "active"},
    .attributes = {{"batch_a", AttributeKind::integers, "required", "as in dot_general"},
                   {"batch_b", AttributeKind::integers, "required", "as in dot_general"},
                   {"contract_a", AttributeKind::integers, "required", "as in dot_general"},
                   {"contract_b", AttributeKind::integers, "required", "as in dot_general"},
                   {"summed", AttributeKind::boolean, "required", "whether the rows are contracted"},
                   {"shape", AttributeKind::dims, "required", "the shape of the result"}},
    .shape = [](const Infer& in) -> Types {
      return {{in.dtype(0), in.attribute<Dims>("shape")}};
    },
    .kernel = product_kernel};

}  // namespace gradloom
