// If, Loop and Scan of ONNX: which of our operations they become, and that each form computes what ONNX says.
#include <doctest/doctest.h>

#include "graph/op_def.h"
#include "runtime/session.h"
#include "serialization/onnx_import/onnx_import.h"
#include "tests/serialization/onnx_import/text_model.h"

using namespace gradloom;

namespace {

OnnxImport imported(const std::string& text, TensorMap statics = {}) {
  return import_onnx(model_of(text), {.name = "m.onnx", .static_inputs = std::move(statics)});
}

std::string refusal(const std::string& text, TensorMap statics = {}) {
  try {
    imported(text, std::move(statics));
  } catch (const OnnxImportError& error) {
    return error.what();
  }
  return "(imported)";
}

Tensor floats(Shape shape, std::vector<float> values) { return Tensor::from(std::move(shape), values); }
Tensor truth(bool value) { return Tensor::scalar(value); }

// Both ways of running must agree.
TensorMap run(const OnnxImport& model, const TensorMap& inputs) {
  TensorMap results[2];
  for (bool optimize : {false, true}) {
    Session session(*model.module, {.compile = {.optimize = optimize}});
    for (const auto& [name, value] : model.weights) session.set_variable(name, value);
    results[optimize ? 1 : 0] = session.run("main", inputs);
  }
  for (const auto& [name, value] : results[0]) CHECK(value.identical(results[1].at(name)));
  return results[0];
}

std::size_t count_of(const OnnxImport& model, std::string_view op) {
  std::size_t count = 0;
  for (const Node& node : model.module->function("main").nodes())
    if (node.kind == NodeKind::operation && node.op->name == op) ++count;
  return count;
}

}  // namespace

TEST_CASE("onnx_import/control: If takes values from around it, and a known condition leaves one branch") {
  const std::string text = R"(
    opset 17
    graph yes
      init w float32 [2] 10 20
      scaled = Mul(x, w)
      output scaled
    end
    graph no
      output x
    end
    input x float32 [2]
    input c bool []
    y = If(c) then_branch=@yes else_branch=@no
    output y)";
  OnnxImport model = imported(text);
  CHECK(count_of(model, "cond") == 1);
  CHECK(model.weights.contains("w"));
  CHECK(run(model, {{"x", floats({2}, {1, 2})}, {"c", truth(true)}}).at("y").identical(floats({2}, {10, 40})));
  CHECK(run(model, {{"x", floats({2}, {1, 2})}, {"c", truth(false)}}).at("y").identical(floats({2}, {1, 2})));
  OnnxImport known = imported(text, {{"c", truth(true)}});
  CHECK(count_of(known, "cond") == 0);
  CHECK(run(known, {{"x", floats({2}, {1, 2})}}).at("y").identical(floats({2}, {10, 40})));
}

namespace {

const std::string sums_body = R"(
    opset 17
    graph body
      input sum float32 [2]
      input slice float32 [2]
      next = Add(sum, slice)
      output next next
    end
    input start float32 [2]
    input x float32 [3, 2]
)";

const TensorMap sums_inputs{{"start", floats({2}, {0, 100})}, {"x", floats({3, 2}, {1, 2, 3, 4, 5, 6})}};

}  // namespace

TEST_CASE("onnx_import/control: Scan in each direction gives outputs where ONNX wants them") {
  struct Direction {
    const char* attributes;
    std::vector<float> outputs;
  };
  for (const Direction& direction :
       {Direction{"", {1, 102, 4, 106, 9, 112}}, Direction{"scan_input_directions=[1]", {5, 106, 8, 110, 9, 112}},
        Direction{"scan_output_directions=[1]", {9, 112, 4, 106, 1, 102}},
        Direction{"scan_input_directions=[1] scan_output_directions=[1]", {9, 112, 8, 110, 5, 106}}}) {
    CAPTURE(direction.attributes);
    OnnxImport model = imported(sums_body + "last, all = Scan(start, x) num_scan_inputs=1 body=@body " +
                                direction.attributes + "\n output last all");
    CHECK(count_of(model, "scan") == 1);
    TensorMap results = run(model, sums_inputs);
    CHECK(results.at("last").identical(floats({2}, {9, 112})));
    CHECK(results.at("all").identical(floats({3, 2}, direction.outputs)));
  }
}

TEST_CASE("onnx_import/control: Scan over another axis, and its outputs on another") {
  OnnxImport model = imported(sums_body + R"(
    turned = Transpose(x)
    last, all = Scan(start, turned) num_scan_inputs=1 body=@body scan_input_axes=[1] scan_output_axes=[-1]
    output last all)");
  TensorMap results = run(model, sums_inputs);
  CHECK(results.at("last").identical(floats({2}, {9, 112})));
  CHECK(results.at("all").identical(floats({2, 3}, {1, 4, 9, 102, 106, 112})));
}

TEST_CASE("onnx_import/control: a Loop of a known number of steps is a scan") {
  OnnxImport model = imported(R"(
    opset 17
    graph body
      input i int64 []
      input go bool []
      input power float32 [2]
      doubled = Mul(power, factor)
      more = Identity(go)
      output more doubled power
    end
    input x float32 [2]
    init count int64 [] 3
    init factor float32 [] 2
    last, all = Loop(count, _, x) body=@body
    output last all)");
  CHECK(count_of(model, "scan") == 1);
  TensorMap results = run(model, {{"x", floats({2}, {1, 5})}});
  CHECK(results.at("last").identical(floats({2}, {8, 40})));
  CHECK(results.at("all").identical(floats({3, 2}, {1, 5, 2, 10, 4, 20})));
}

TEST_CASE("onnx_import/control: a Loop whose shapes depend on the step is written out") {
  OnnxImport model = imported(R"(
    opset 17
    graph body
      input i int64 []
      input go bool []
      input list float32 [n]
      longer = Concat(list, x) axis=0
      stays = Less(i, one)
      output stays longer
    end
    input x float32 [2]
    init count int64 [] 5
    init one int64 [] 1
    all = Loop(count, _, x) body=@body
    output all)");
  CHECK(count_of(model, "scan") == 0);
  CHECK(run(model, {{"x", floats({2}, {1, 5})}}).at("all").identical(floats({6}, {1, 5, 1, 5, 1, 5})));
}

TEST_CASE("onnx_import/control: a Loop with a computed condition stops changing when it is false") {
  OnnxImport model = imported(R"(
    opset 17
    graph body
      input i int64 []
      input go bool []
      input power float32 []
      doubled = Mul(power, factor)
      more = Less(doubled, bound)
      output more doubled
    end
    input x float32 []
    input start bool []
    init count int64 [] 20
    init factor float32 [] 2
    init bound float32 [] 50
    last = Loop(count, start, x) body=@body
    output last)");
  CHECK(run(model, {{"x", Tensor::scalar(1.0f)}, {"start", truth(true)}}).at("last").item() == 64);
  CHECK(run(model, {{"x", Tensor::scalar(3.0f)}, {"start", truth(true)}}).at("last").item() == 96);
  CHECK(run(model, {{"x", Tensor::scalar(3.0f)}, {"start", truth(false)}}).at("last").item() == 3);
}

TEST_CASE("onnx_import/control: a Loop whose condition at the start is not known is not written out") {
  // Its outputs, or the size of what it carries, depend on whether it runs at all.
  const std::string text = R"(
    opset 17
    graph outputs
      input i int64 []
      input go bool []
      input x float32 [2]
      stays = Identity(go)
      y = Add(x, x)
      output stays y y
    end
    graph grows
      input i int64 []
      input go bool []
      input x float32 [n]
      stays = Identity(go)
      longer = Concat(x, x) axis=0
      output stays longer
    end
    input x float32 [2]
    input start bool []
    init count int64 [] 3
)";
  const std::string outputs = text + "last, all = Loop(count, start, x) body=@outputs\n output last all";
  const std::string asks =
      "m.onnx: node of \"last\" (Loop): its input 1 (cond) must be known when importing; it comes from the input "
      "\"start\": give a value with --static NAME=FILE.npy";
  CHECK(refusal(outputs) == asks);
  CHECK(run(imported(outputs, {{"start", truth(true)}}), {{"x", floats({2}, {1, 2})}})
            .at("all")
            .identical(floats({3, 2}, {2, 4, 4, 8, 8, 16})));
  CHECK(refusal(text + "last = Loop(count, start, x) body=@grows\n output last") == asks);
}

TEST_CASE("onnx_import/control: a Loop of more steps than one can wait for, an If of no single condition") {
  CHECK(
      refusal(R"(
    opset 17
    graph body
      input i int64 []
      input go bool []
      input x float32 []
      y = Add(x, x)
      more = Less(y, bound)
      output more y
    end
    input x float32 []
    init count int64 [] 4294967296
    init bound float32 [] 50
    y = Loop(count, _, x) body=@body
    output y)") ==
      "m.onnx: node of \"y\" (Loop): M is 4294967296, but at most 2147483647 steps are imported: a loop of ours takes "
      "all of them, and does nothing once the condition is false");
  CHECK(refusal(R"(
    opset 17
    graph branch
      output x
    end
    input x float32 []
    init c bool [2] 1 1
    y = If(c) then_branch=@branch else_branch=@branch
    output y)") == "m.onnx: node of \"y\" (If): the condition is bool [2], but one bool is needed");
}

TEST_CASE("onnx_import/control: loops that cannot be imported say why") {
  const std::string body = R"(
    opset 17
    graph body
      input i int64 []
      input go bool []
      input x float32 [2]
      y = Add(x, x)
      more = ReduceMax(y)
      is_small = Less(more, bound)
      one = Squeeze(is_small)
      output one y y
    end
    input start float32 [2]
    input count int64 []
    init bound float32 [] 50
)";
  CHECK(refusal(body + "last, all = Loop(count, _, start) body=@body\n output last all") ==
        "m.onnx: node of \"last\" (Loop): its input 0 (M) must be known when importing; it comes from the input "
        "\"count\": give a value with --static NAME=FILE.npy");
  CHECK(refusal(body + "last, all = Loop(_, _, start) body=@body\n output last all") ==
        "m.onnx: node of \"last\" (Loop): without a trip count the number of steps is not known");
  CHECK(refusal(body + "last, all = Loop(count, _, start) body=@body\n output last all",
                {{"count", Tensor::scalar<std::int64_t>(4)}}) ==
        "m.onnx: node of \"last\" (Loop): its condition is computed, so that only running it tells the number of "
        "steps");
}
