// Damaged ONNX files: whatever bytes come, reading and importing ends well or with an error of the input (row R6).
#include <doctest/doctest.h>

#include <cstdlib>

#include "serialization/file.h"
#include "serialization/module_json.h"
#include "serialization/onnx/model_file.h"
#include "serialization/onnx_import/onnx_import.h"
#include "tests/serialization/hostile_input.h"
#include "tests/serialization/mutate.h"
#include "tests/serialization/onnx_import/conformance.h"
#include "tests/serialization/onnx_import/text_model.h"

using namespace gradloom;

namespace {

// "" when the promise holds; a module that was made can be written and read back.
std::string import_bytes(std::string_view bytes) {
  return hostile::broken_promise([&]() -> std::string {
    OnnxLimits limits{.bytes = 1 << 20, .nodes = 1000, .parts = 20'000, .elements = 1 << 20};
    onnx::Model model = parse_onnx(bytes_of(bytes), "hostile", limits);
    OnnxImport made = import_onnx(model, {.name = "hostile", .limits = {.nodes = 1000}});
    ModuleJson json = write_module_json(*made.module);
    auto again = read_module_json(json.text, "hostile", json.constants);
    return write_module_json(*again).text == json.text ? "" : "does not read back";
  });
}

const char* const samples[] = {
    R"(
    opset 17
    opset my.ops 1
    function my.ops.scaled x -> y : alpha
      y = LeakyRelu(x) alpha=$alpha
    end
    graph body
      input i int64 []
      input go bool []
      input h float32 [2, 3]
      next = Tanh(h)
      output go next next
    end
    graph yes
      y1 = Neg(x)
      output y1
    end
    graph no
      output x
    end
    input x float32 [batch, 3]
    input c bool []
    init w float32 [3, 3] 1 2 3 4 5 6 7 8 9
    init count int64 [] 4
    init start float32 [2, 3] 1 2 3 4 5 6
    a = MatMul(x, w)
    b = my.ops.scaled(a) alpha=0.5
    last, all = Loop(count, _, start) body=@body
    d = If(c) then_branch=@yes else_branch=@no
    output b last all d)",
    R"(
    opset 13
    input x float32 [batch, time, 6]
    shape = Shape(x)
    zero = Constant() value=int64[]{0}
    n = Gather(shape, zero) axis=0
    axes = Constant() value=int64[1]{0}
    n1 = Unsqueeze(n, axes)
    rest = Constant() value=int64[2]{-1, 3}
    wanted = Concat(n1, rest) axis=0
    y = Reshape(x, wanted)
    starts = Constant() value=int64[2]{0, 1}
    ends = Constant() value=int64[2]{9223372036854775807, 3}
    which = Constant() value=int64[2]{0, 2}
    z = Slice(y, starts, ends, which)
    p = Pad(z, pads) mode="reflect"
    s = Split(x) axis=2
    q = Softmax(s) axis=-1
    init pads int64 [6] 0 1 0 0 0 0
    output p q)",
};

}  // namespace

TEST_CASE("onnx_import/mutation: damaged models") {
  const std::uint64_t count = std::getenv("GRADLOOM_LONG") != nullptr ? 100'000 : 2'000;
  for (const char* sample : samples) {
    std::string bytes = onnx_bytes(model_of(sample));
    REQUIRE(import_bytes(bytes) == "");
    for (std::uint64_t seed = 0; seed < count; ++seed) {
      std::string broken = import_bytes(mutated(bytes, seed));
      CHECK_MESSAGE(broken == "", "seed ", seed, " of ", sample, ": ", broken);
    }
  }
}

TEST_CASE("onnx_import/mutation: damaged conformance cases") {
  if (conformance_folder().empty()) {
    MESSAGE("skipped: ONNX's test data are not installed (libonnx-testdata), nor named by GRADLOOM_ONNX_TESTDATA");
    return;
  }
  const std::uint64_t count = std::getenv("GRADLOOM_LONG") != nullptr ? 200 : 2;
  for (const std::string& name : conformance_cases("node")) {
    std::string bytes = read_file(conformance_folder() + "/node/" + name + "/model.onnx", 1 << 24);
    for (std::uint64_t seed = 0; seed < count; ++seed) {
      std::string broken = import_bytes(mutated(bytes, seed));
      CHECK_MESSAGE(broken == "", "seed ", seed, " of ", name, ": ", broken);
    }
  }
}
