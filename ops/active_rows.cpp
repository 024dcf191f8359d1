// active_rows: which rows of a loop with lengths are at work at which step, as data.
#include "ops/scan.h"

namespace gradloom {

namespace {

void active_rows_kernel(const Kernel& k) {
  const TensorView &lengths = k.input(0), &y = k.output();
  std::int64_t steps = y.shape[0], rows = y.shape[1];
  bool* to = y.as<bool>().data();
  for (std::int64_t row = 0; row < rows; ++row) {
    auto i = static_cast<std::size_t>(row);
    std::int64_t length = lengths.dtype == DType::int32 ? lengths.as<std::int32_t>()[i] : lengths.as<std::int64_t>()[i];
    if (length < 0 || length > steps)
      k.fail("the length of row ", row, " is ", length, ", outside of [0, ", steps, "]");
    for (std::int64_t t = 0; t < steps; ++t) to[t * rows + row] = t < length;
  }
}

}  // namespace

const OpDef active_rows_op{
    .name = "active_rows",
    .summary = "true where a row of a loop with lengths is at work: [steps, batch]",
    .doc = "y[t, row] = t < lengths[row]. A length outside of [0, steps] is an error, as in scan.",
    .inputs = {"lengths"},
    .attributes = {{"steps", AttributeKind::dim, "required", "the number of steps"}},
    .traits = Trait::can_fail,
    .shape = [](const Infer& in) -> Types {
      in.require_index(0);
      in.require(in.rank(0) == 1, "lengths is ", in.type(0).text(), " but one length a row is needed: [batch]");
      return {{DType::boolean, {in.attribute<Dim>("steps"), in.shape(0)[0]}}};
    },
    .kernel = active_rows_kernel,
    .gradient = no_gradient,
    .batching = no_batching};

Value active_rows(Value lengths, Dim steps) { return apply(active_rows_op, {lengths}, {{"steps", std::move(steps)}}); }

}  // namespace gradloom
