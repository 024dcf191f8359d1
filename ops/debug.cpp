// Operations for looking into a run: print and assert_true hand their operand on as it is. Both have effects, so passes
// neither drop, share nor move them.
#include <cstring>
#include <iostream>

#include "ops/families.h"
#include "ops/ops.h"

namespace gradloom {

namespace {

// Of longer tensors the first elements are shown.
constexpr std::int64_t most_shown = 64;

void pass_on(const Kernel& k) {
  if (k.output().bytes() > 0) std::memcpy(k.output().data, k.input(0).data, k.output().bytes());
}

void print_kernel(const Kernel& k) {
  pass_on(k);
  Tensor copy(k.input(0).dtype, k.input(0).shape);
  if (copy.bytes() > 0) std::memcpy(copy.mutable_data(), k.input(0).data, copy.bytes());
  // One write a line, so that lines of several sessions do not mix.
  std::cerr << concat_text(k.attribute<std::string>("label"), ": ", copy.text(most_shown), "\n") << std::flush;
}

void assert_kernel(const Kernel& k) {
  if (!k.input(1).as<bool>()[0]) k.fail(k.attribute<std::string>("message"));
  pass_on(k);
}

constexpr OpDef print_op{
    .name = "print",
    .summary = "x as it is; each run writes a label, the type and the values to stderr",
    .doc =
        "Of more than 64 elements the first are shown. In a loop it writes once a step, in the order in which the "
        "steps run, in a branch only when that is taken. Neither dropped, shared nor moved; the gradient passes "
        "through and prints nothing.",
    .inputs = {"x"},
    .attributes = {{"label", AttributeKind::text, "required", "what stands in front of the values"}},
    .traits = Trait::effect,
    .shape = [](const Infer& in) -> Types { return {in.type(0)}; },
    .kernel = print_kernel,
    .gradient = [](const Backward& b) -> Values { return {b.out_grad()}; },
    .batching = [](const Batching& b) -> Values { return b.graph().apply(b.op(), b.inputs(), b.node().attributes); }};

constexpr OpDef assert_true_op{
    .name = "assert_true",
    .summary = "x as it is; a run in which the condition is false stops with the message",
    .doc =
        "condition: bool scalar. The error names the node and, in a loop, the step. Neither dropped, shared nor "
        "moved; the gradient passes through x. Batched over conditions, all of them must hold.",
    .inputs = {"x", "condition"},
    .attributes = {{"message", AttributeKind::text, "required", "what the error says"}},
    .traits = {Trait::effect, Trait::can_fail},
    .shape = [](const Infer& in) -> Types {
      in.require(in.type(1) == Type{DType::boolean, {}}, "the condition is ", in.type(1).text(),
                 " but a bool scalar is needed");
      return {in.type(0)};
    },
    .kernel = assert_kernel,
    .gradient = [](const Backward& b) -> Values {
      return {b.out_grad(), {}};
    },
    .batching = [](const Batching& b) -> Values {
      Value x = b.input(0), condition = b.batched(1) ? all(b.input(1)) : b.input(1);
      if (!b.batched(0)) {
        Dims shape = x.shape();
        shape.insert(shape.begin(), b.size());
        x = broadcast_to(x, std::move(shape));
      }
      return b.graph().apply(b.op(), {x, condition}, b.node().attributes);
    }};

constexpr const OpDef* ops[] = {&assert_true_op, &print_op};

}  // namespace

OpList debug_ops() { return ops; }

Value assert_true(Value x, Value condition, std::string_view message) {
  return apply(assert_true_op, {x, condition}, {{"message", std::string(message)}});
}

Value print(Value x, std::string_view label) { return apply(print_op, {x}, {{"label", std::string(label)}}); }

}  // namespace gradloom
