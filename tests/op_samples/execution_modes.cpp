// Samples through a file and through compiled plans, held against the plain interpreter.
#include <algorithm>

#include "autodiff/gradients.h"
#include "base/error.h"
#include "ops/ops.h"
#include "runtime/session.h"
#include "serialization/module_json.h"
#include "tests/op_samples/declared.h"
#include "tests/op_samples/modes.h"

namespace gradloom::op_samples {

namespace {

// d sum(float results) / d inputs of numbers as further outputs, where there are such.
void add_gradients(const OpSample& sample, Declared& declared) {
  Values wanted;
  for (const Value& input : declared.inputs)
    if (is_float(input.dtype())) wanted.push_back(input);
  Value total;
  for (const Value& output : declared.outputs)
    if (is_float(output.dtype())) {
      Value part = sum(output);
      if (!total || part.dtype() == total.dtype()) total = total ? total + part : part;
    }
  if (wanted.empty() || !total || !sample.not_differentiated.empty()) return;
  Values made = gradients(total, wanted);
  for (std::size_t i = 0; i < made.size(); ++i) declared.graph->output(concat_text("gradient", i), made[i]);
}

void expect_same(const TensorMap& got, const TensorMap& expected, double float32, double float64) {
  for (const auto& [name, tensor] : expected) {
    const Tensor& other = got.at(name);
    if (other.dtype() != tensor.dtype())
      throw Mismatch{concat_text(name, " is ", name_of(other.dtype()), ", not ", name_of(tensor.dtype()))};
    double tolerance = tensor.dtype() == DType::float32 ? float32 : tensor.dtype() == DType::float64 ? float64 : 0;
    expect_equal(name, other, to_array(tensor), tolerance);
  }
}

}  // namespace

void check_file(const OpSample& sample, std::uint64_t seed) {
  for (bool literal : {false, true}) {
    if (!literal && !sample.only_literal.empty()) continue;
    Binding sizes = sizes_of(sample);
    auto declared = declare(sample, sample.dtypes.back(), sizes, literal);
    add_gradients(sample, *declared);
    TensorMap inputs = fill_inputs(sample, sample.dtypes.back(), sizes, seed);
    ModuleJson file = write_module_json(declared->module);
    auto loaded = read_module_json(file.text, "sample.json", file.constants);
    ModuleJson again = write_module_json(*loaded);
    if (again.text != file.text) throw Mismatch{"the file written anew differs:\n" + file.text + "\n" + again.text};
    TensorMap expected = interpret(*declared->graph, inputs).outputs;
    TensorMap got = interpret(loaded->function("sample"), inputs).outputs;
    for (const auto& [name, tensor] : expected)
      if (!got.at(name).identical(tensor)) throw Mismatch{name + " has other bits when the file was read"};
  }
}

void check_session(const OpSample& sample, std::uint64_t seed) {
  for (DType numbers : sample.dtypes) {
    Binding sizes = sizes_of(sample);
    auto declared = declare(sample, numbers, sizes, !sample.only_literal.empty());
    add_gradients(sample, *declared);
    TensorMap inputs = fill_inputs(sample, numbers, sizes, seed);
    TensorMap expected = interpret(*declared->graph, inputs).outputs;
    for (const CompileOptions& options :
         {CompileOptions{}, CompileOptions{.optimize = false}, CompileOptions{.overwrite = false}}) {
      Session session(declared->module, {.compile = options});
      expect_same(session.run("sample", inputs), expected, std::max(1e-6, 2 * sample.tolerance.float32),
                  std::max(1e-12, 2 * sample.tolerance.float64));
      // Again, in the arena as the first run left it.
      expect_same(session.run("sample", inputs), expected, std::max(1e-6, 2 * sample.tolerance.float32),
                  std::max(1e-12, 2 * sample.tolerance.float64));
    }
  }
}

}  // namespace gradloom::op_samples
