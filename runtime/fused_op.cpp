// The definition of fused, and which operations have tile functions.
#include "runtime/fused_op.h"

#include "ops/elementwise.h"
#include "runtime/bound_fused.h"
#include "tensor/simd.h"

namespace gradloom {

const OpDef fused_op{.name = "fused",
                     .summary = "element-wise operations run as one",
                     .inputs = {"operands..."},
                     .outputs = {"results..."},
                     .attributes = {{"body", AttributeKind::body, "required", "the operations"},
                                    {"shape", AttributeKind::dims, "required", "the shape of every result"},
                                    {"parts", AttributeKind::integers, "required", "of each operand, what is taken"},
                                    {"joined", AttributeKind::integers, "required", "of each result, of how many"}},
                     .traits = Trait::elementwise,
                     .shape =
                         [](const Infer& in) {
                           Types types;
                           Body body = in.attribute<Body>("body");
                           in.require(body->inputs().size() == in.num_inputs(), "the body takes ",
                                      body->inputs().size(), " operands");
                           std::size_t next = 0;
                           for (std::int64_t count : in.attribute<std::vector<std::int64_t>>("joined")) {
                             types.push_back(body->outputs().at(next).value.type());
                             if (count > 1) types.back().shape.back() = types.back().shape.back() * Dim(count);
                             next += static_cast<std::size_t>(count);
                           }
                           in.require(next == body->outputs().size(), "the body gives ", body->outputs().size(),
                                      " results but ", next, " are taken");
                           return types;
                         },
                     .kernel = [](const Kernel& k) { BoundFused(k).run(k, k.host()); }};

bool can_fuse(const Node& node) {
  if (node.kind != NodeKind::operation || node.types.size() != 1 || !node.op->traits.has(Trait::elementwise))
    return false;
  if (may_fail(node) || node.op->traits.has(Trait::effect)) return false;
  DType number = node.inputs.back().dtype();
  if (!is_float(number)) return false;
  if (node.op->name == "where") return true;
  for (const Value& input : node.inputs)
    if (input.dtype() != number) return false;
  if (!node.attributes.empty()) return false;
  return (node.inputs.size() == 1 && simd::unary_function(node.op->name)) ||
         (node.inputs.size() == 2 && (simd::binary_function(node.op->name) || simd::comparison(node.op->name)));
}

}  // namespace gradloom
