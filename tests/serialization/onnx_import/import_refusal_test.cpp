// What the import of a model says when it refuses, to the letter: file, node, what was given, what was needed.
#include <doctest/doctest.h>

#include "serialization/onnx_import/onnx_import.h"
#include "tests/serialization/onnx_import/text_model.h"

using namespace gradloom;

namespace {

std::string refusal(const std::string& text, OnnxImportLimits limits = {}) {
  try {
    import_onnx(model_of(text), {.name = "m.onnx", .limits = limits});
  } catch (const OnnxImportError& error) {
    CHECK(error.fault() == Fault::input);
    return std::string(error.is_sound() ? "sound: " : "wrong: ") + error.what();
  }
  return "(imported)";
}

// One node on x [2, 3] of opset 17.
std::string node_refusal(const std::string& node) {
  return refusal("opset 17\n input x float32 [2, 3]\n input n int64 [2]\n" + node + "\n output y");
}

}  // namespace

TEST_CASE("onnx_import/refusal: operators that are not known, all at once") {
  CHECK(refusal(R"(
    opset 17
    opset com.microsoft 1
    graph body
      z = NonMaxSuppression(x)
      output z
    end
    input x float32 [2]
    input c bool []
    a = Relu(x)
    b = com.microsoft.FusedGemm(a) name="fused"
    y = If(c) then_branch=@body else_branch=@body
    output y b)") ==
        "sound: m.onnx: node \"fused\" (FusedGemm): this operator cannot be imported; nor can NonMaxSuppression");
  CHECK(refusal("opset 40\n input x float32 [2]\n y = Relu(x)\n output y") ==
        "sound: m.onnx: node of \"y\" (Relu): the model uses operators of version 40, and this one is known up to "
        "version 23");
}

TEST_CASE("onnx_import/refusal: names and versions") {
  CHECK(
      node_refusal("y = Add(x, z)") ==
      "wrong: m.onnx: node of \"y\" (Add): its input \"z\" is neither an input of the graph, an initializer nor given "
      "by a node before it");
  CHECK(node_refusal("x = Neg(x)\n y = Neg(x)") ==
        "wrong: m.onnx: node of \"x\" (Neg): its output \"x\" is given already");
  CHECK(node_refusal("z = Neg(x)") == "wrong: m.onnx: graph \"main\": nothing gives the output \"y\"");
  CHECK(node_refusal("y = ai.other.Neg(x)") ==
        "wrong: m.onnx: node of \"y\" (Neg): the model does not say which version of the operators \"ai.other\" it "
        "uses");
  CHECK(refusal("opset 17\n opset 12\n input x float32 [2]\n output x") ==
        "wrong: m.onnx: the operators \"\" have two versions");
  CHECK(refusal("opset 0\n input x float32 [2]\n output x") ==
        "wrong: m.onnx: version 0 of the operators \"\" is below 1");
  CHECK(refusal("opset 17\n input x float32 [2]\n input x float32 [2]\n output x") ==
        "wrong: m.onnx: graph \"main\": two inputs are called \"x\"");
  CHECK(refusal("opset 17\n init x float32 [1] 2\n init x float32 [1] 2\n output x") ==
        "wrong: m.onnx: graph \"main\": two initializers are called \"x\"");
  CHECK(refusal("opset 17\n input x float32 [2]\n output x x") ==
        "wrong: m.onnx: graph \"main\": two outputs are called \"x\"");
  CHECK(refusal("opset 17\n input x float32 [2]") == "sound: m.onnx: the graph has no output");
}

TEST_CASE("onnx_import/refusal: inputs of the model") {
  CHECK(refusal("opset 17\n input x float16 [2]\n output x") ==
        "sound: m.onnx: the input \"x\" holds FLOAT16, which no tensor of ours holds");
  CHECK(refusal("opset 17\n input x float32\n output x") ==
        "sound: m.onnx: the input \"x\" does not say how many axes it has");
  CHECK(refusal("opset 17\n input x\n output x") == "sound: m.onnx: the input \"x\" has no type");
  CHECK(refusal("opset 17\n input x float32 [3, -7]\n output x") ==
        "sound: m.onnx: the input \"x\": axis 1 has the size -7");
}

TEST_CASE("onnx_import/refusal: attributes and inputs of a node") {
  CHECK(node_refusal("y = Concat(x, x)") == "sound: m.onnx: node of \"y\" (Concat): the attribute axis is missing");
  CHECK(node_refusal("y = Concat(x, x) axis=1.5") ==
        "sound: m.onnx: node of \"y\" (Concat): the attribute axis is a float, but an integer is needed");
  CHECK(node_refusal("y = Concat(x, x) axis=2") ==
        "sound: m.onnx: node of \"y\" (Concat): concat(parts[0]: [2, 3], parts[1]: [2, 3]): axis 2 is outside of [-2, "
        "2)");
  CHECK(node_refusal("y = Add(x)") == "sound: m.onnx: node of \"y\" (Add): input 1 is left out, but it is needed");
  CHECK(node_refusal("y = Cast(x) to=10") ==
        "sound: m.onnx: node of \"y\" (Cast): the attribute to is FLOAT16, which no tensor of ours holds");
  CHECK(node_refusal("y = MatMul(x, x) name=\"product\"") ==
        "sound: m.onnx: node \"product\" (MatMul): matmul(a: [2, 3], b: [2, 3]): a has 3 columns but b has 2 rows");
  CHECK(node_refusal("y = Flatten(x) axis=-3") ==
        "sound: m.onnx: node of \"y\" (Flatten): axis -3 is outside of the 2 axes");
  CHECK(
      node_refusal("z, i = TopK(x, k)\n y = Neg(z)") ==
      "wrong: m.onnx: node of \"z\" (TopK): its input \"k\" is neither an input of the graph, an initializer nor given "
      "by a node before it");
  CHECK(node_refusal("s = ReduceSum(x) keepdims=0\n k = Cast(s) to=7\n z, i = TopK(x, k)\n y = Neg(z)") ==
        "sound: m.onnx: node of \"z\" (TopK): its input 1 (K) must be known when importing; it comes from the input "
        "\"x\": give a value with --static NAME=FILE.npy");
  CHECK(node_refusal("s = SequenceConstruct(x, x)\n y = Neg(s)") ==
        "sound: m.onnx: node of \"y\" (Neg): input 0 is a sequence, but a tensor is needed");
  CHECK(node_refusal("y = SequenceConstruct(x, x)") == "sound: m.onnx: the output \"y\" is no tensor");
  CHECK(node_refusal("z, m = Dropout(x, _, t)\n y = Neg(z)") ==
        "wrong: m.onnx: node of \"z\" (Dropout): its input \"t\" is neither an input of the graph, an initializer nor "
        "given by a node before it");
}

TEST_CASE("onnx_import/refusal: an output that an operator's import does not give") {
  CHECK(refusal(R"(
    opset 17
    input x float32 [1, 1, 4]
    z, where = MaxPool(x) kernel_shape=[2]
    y = Cast(where) to=1
    output y)") == "sound: m.onnx: node of \"z\" (MaxPool): its output \"where\" is used but cannot be imported");
}

TEST_CASE("onnx_import/refusal: what a node says twice, or gives a function that takes less") {
  CHECK(node_refusal("y = LeakyRelu(x) alpha=0.5 alpha=0.25") ==
        "wrong: m.onnx: node of \"y\" (LeakyRelu): the attribute \"alpha\" is given twice");
  const std::string function =
      "opset 17\n opset f 1\n function f.once x -> y\n y = Neg(x)\n end\n input x float32 [2]\n";
  CHECK(refusal(function + "y = f.once(x, _)\n output y") == "(imported)");
  CHECK(refusal(function + "y = f.once(x, x)\n output y") ==
        "wrong: m.onnx: node of \"y\" (once): it has 2 inputs, but the function takes 1");
}

TEST_CASE("onnx_import/refusal: what could not be read again as a module") {
  std::string inputs = "x";
  for (int i = 0; i < 4096; ++i) inputs += ", x";
  CHECK(node_refusal("y = Concat(" + inputs + ") axis=0") ==
        "sound: m.onnx: what it becomes could not be read again: module.json: /functions/main/nodes/0/inputs: 4097 "
        "inputs, more than the limit of 4096");
  CHECK(
      node_refusal("a = Constant() value=int64[15]{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}\n"
                   "y = Unsqueeze(x, a)") ==
      "sound: m.onnx: what it becomes could not be read again: module.json: /functions/main/nodes/0: a result has rank "
      "17, more than the limit of 16");
}

TEST_CASE("onnx_import/refusal: a short file that becomes much") {
  std::string sequences = "s0 = SequenceConstruct(x)\n";
  for (int i = 0; i < 3000; ++i) sequences += concat_text("s", i + 1, " = SequenceInsert(s", i, ", x)\n");
  CHECK(node_refusal(sequences + "y = SequenceLength(s3000)") ==
        "sound: m.onnx: its sequences hold more than the limit of 4194304 tensors together");
  std::string calls = R"(
    opset 17
    opset f 1
    function f.table x -> y
      table = Constant() value=float32[4]{1, 2, 3, 4}
      y = Add(x, table)
    end
    input x float32 [4]
)";
  for (int i = 0; i < 10; ++i)
    calls += concat_text("y", i, " = f.table(", i == 0 ? "x" : concat_text("y", i - 1), ")\n");
  calls += "output y9";
  CHECK(refusal(calls, {.elements = 40}) == "(imported)");
  CHECK(
      refusal(calls, {.elements = 39}) ==
      "sound: m.onnx: node of \"table\" (Constant): the constants that the nodes become have more than the limit of 39 "
      "elements");
  std::string many = "opset 9\n input x float32 [2]\n";
  for (int i = 0; i < 100; ++i) many += concat_text("y", i, " = Shrink(x)\n");
  CHECK(refusal(many + "output y99", {.nodes = 100}) == "(imported)");
}

TEST_CASE("onnx_import/refusal: names that become the same are told apart quickly, and errors stay short") {
  onnx::Model model = model_of("opset 17\n input x float32 [2]\n y = Neg(x)\n output y");
  for (int i = 0; i < 20000; ++i) {
    model.graph.inputs.push_back(model.graph.inputs[0]);
    model.graph.inputs.back().name = concat_text(std::string(200, 'n'), i);
  }
  OnnxImport made = import_onnx(model);
  CHECK(made.module->function("main").inputs().back().node().name == std::string(200, 'n') + "_20000");
  std::string axes = "0";
  for (int i = 0; i < 10000; ++i) axes += ", 0";
  std::string long_text = refusal("opset 9\n input x float32 [2]\n y = Squeeze(x) axes=[" + axes + "]\n output y");
  CHECK(long_text.size() < 1200);
  CHECK(long_text.ends_with("..."));
}

TEST_CASE("onnx_import/refusal: limits") {
  const std::string calls = R"(
    opset 17
    opset f 1
    function f.once x -> y
      y = Neg(x)
    end
    function f.twice x -> y
      a = f.once(x)
      y = f.once(a)
    end
    input x float32 [2]
    a = f.twice(x)
    y = f.twice(a)
    output y)";
  CHECK(refusal(calls, {.nodes = 10, .depth = 2}) == "(imported)");
  CHECK(
      refusal(calls, {.nodes = 9, .depth = 2}) ==
      "sound: m.onnx: node of \"y\" (Neg): with bodies and functions written out the model has more than the limit of "
      "9 nodes");
  CHECK(refusal(calls, {.nodes = 10, .depth = 1}) ==
        "sound: m.onnx: node of \"a\" (once): bodies and functions inside each other are more than the limit of 1");
  CHECK(refusal(R"(
    opset 17
    opset f 1
    function f.self x -> y
      y = f.self(x)
    end
    input x float32 [2]
    y = f.self(x)
    output y)") ==
        "sound: m.onnx: node of \"y\" (self): bodies and functions inside each other are more than the limit of 16");
}
