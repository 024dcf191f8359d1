// The definition of fused, and which operations have tile functions.
#include "runtime/fused_op.h"

#include "ops/elementwise.h"
#include "tensor/simd.h"

namespace gradloom {

const OpDef fused_op{.name = "fused",
                     .summary = "element-wise operations run as one",
                     .inputs = {"operands..."},
                     .outputs = {"results..."},
                     .attributes = {{"body", AttributeKind::body, "required", "the operations"},
                                    {"shape", AttributeKind::dims, "required", "the shape of every result"}},
                     .traits = Trait::elementwise,
                     .shape =
                         [](const Infer& in) {
                           Types types;
                           Body body = in.attribute<Body>("body");
                           in.require(body->inputs().size() == in.num_inputs(), "the body takes ",
                                      body->inputs().size(), " operands");
                           for (const NamedValue& output : body->outputs()) types.push_back(output.value.type());
                           return types;
                         },
                     .kernel =
                         [](const Kernel& k) {
                           std::vector<TensorView> inputs, outputs;
                           for (std::size_t i = 0; i < k.num_inputs(); ++i) inputs.push_back(k.input(i));
                           for (std::size_t i = 0; i < k.num_outputs(); ++i) outputs.push_back(k.output(i));
                           k.host().run_body(*k.attribute<Body>("body"), inputs, outputs);
                         }};

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
