// What an ONNX graph becomes: names, variables, symbols, sizes computed from sizes, static inputs, functions.
#include "serialization/onnx_import/onnx_import.h"

#include <doctest/doctest.h>

#include <cmath>

#include "autodiff/gradients.h"
#include "graph/text.h"
#include "ops/ops.h"
#include "runtime/session.h"
#include "tests/serialization/onnx_import/text_model.h"

using namespace gradloom;

namespace {

OnnxImport imported(const std::string& text, TensorMap statics = {}) {
  return import_onnx(model_of(text), {.name = "m.onnx", .static_inputs = std::move(statics)});
}

Tensor floats(Shape shape, std::vector<float> values) { return Tensor::from(std::move(shape), values); }
Tensor integers(std::vector<std::int64_t> values) {
  return Tensor::from({static_cast<std::int64_t>(values.size())}, values);
}

TensorMap run(const OnnxImport& model, const TensorMap& inputs) {
  Session session(*model.module);
  for (const auto& [name, value] : model.weights) session.set_variable(name, value);
  return session.run("main", inputs);
}

std::string output_text(const OnnxImport& model, const std::string& name) {
  return model.module->function("main").output_named(name).type().text();
}

}  // namespace

TEST_CASE("onnx_import: names stay, float initializers become variables, others constants") {
  OnnxImport model = imported(R"(
    opset 17
    input x float32 [batch, 3]
    init weight float32 [3, 2] 1 2 3 4 5 6
    init bias float32 [2] 0.5 -0.5
    init scale float32 [] 2
    init axes int64 [1] 1
    h = MatMul(x, weight) name="layer/product"
    biased = Add(h, bias) name="layer/sum"
    scaled = Mul(biased, scale)
    y = ReduceSum(scaled, axes) keepdims=0
    output y biased)");
  CHECK(graph_text(model.module->function("main")) ==
        "main(x: float32 [batch, 3])\n"
        "  weight = variable float32 [3, 2]\n"
        "  bias = variable float32 [2]\n"
        "  constant = constant float32 [] {2}\n"
        "  layer/product = dot_general(x, weight; batch_a=[], batch_b=[], contract_a=[1], contract_b=[0]) float32 "
        "[batch, 2]\n"
        "  layer/sum = add(layer/product, bias) float32 [batch, 2]\n"
        "  scaled = mul(layer/sum, constant) float32 [batch, 2]\n"
        "  y = sum(scaled; axes=[1], keep_dims=false) float32 [batch]\n"
        "  return y = y\n"
        "  return biased = layer/sum\n");
  CHECK(model.weights.size() == 2);
  CHECK(model.weights.at("weight").identical(floats({3, 2}, {1, 2, 3, 4, 5, 6})));
  CHECK(model.module->variable("weight").role == Role::parameter);
  CHECK(model.renamed.empty());
  TensorMap results = run(model, {{"x", floats({2, 3}, {1, 0, 0, 0, 1, 1})}});
  CHECK(results.at("y").identical(floats({2}, {6, 36})));
  CHECK(results.at("biased").identical(floats({2, 2}, {1.5, 1.5, 8.5, 9.5})));
}

TEST_CASE("onnx_import: names that ours may not have are changed, each to its own") {
  OnnxImport model = imported(R"(
    opset 17
    input x:0 float32 [2]
    input x_0 float32 [2]
    init /dense/w:0 float32 [2] 1 2
    s = Add(x:0, x_0)
    out:0 = Mul(s, /dense/w:0)
    output out:0)");
  using Names = std::vector<std::pair<std::string, std::string>>;
  CHECK(model.renamed == Names{{"/dense/w:0", "dense/w_0"}, {"x:0", "x_0"}, {"x_0", "x_0_2"}, {"out:0", "out_0"}});
  CHECK(run(model, {{"x_0", floats({2}, {1, 2})}, {"x_0_2", floats({2}, {10, 20})}})
            .at("out_0")
            .identical(floats({2}, {11, 44})));
}

TEST_CASE("onnx_import: dim_params are symbols, and what is not known gets one") {
  OnnxImport model = imported(R"(
    opset 17
    input a float32 [batch, 2*batch + 1, ?]
    input b float32 [some size, -1]
    y = Identity(a)
    z = Identity(b)
    output y z)");
  CHECK(output_text(model, "y") == "float32 [batch, 2*batch + 1, a_2]");
  CHECK(output_text(model, "z") == "float32 [some_size, b_1]");
}

TEST_CASE("onnx_import: a size that no axis tells the symbols of is one symbol of its own") {
  OnnxImport model = imported(R"(
    opset 17
    input a float32 [2*half, -n, 2*time + 1]
    input b float32 [2*half, time]
    y = Identity(a)
    z = Identity(b)
    output y z)");
  CHECK(output_text(model, "y") == "float32 [_2_half, _n, 2*time + 1]");
  CHECK(output_text(model, "z") == "float32 [_2_half, time]");
  onnx::Model unknown = model_of("opset 17\n input a float32 [x, y]\n y = Identity(a)\n output y");
  for (onnx::Dim& dim : *unknown.graph.inputs[0].type->shape) dim.param = "-1";
  CHECK(output_text(import_onnx(unknown), "y") == "float32 [a_0, a_1]");
}

TEST_CASE("onnx_import: a parameter of a body takes another name where a node has its own") {
  OnnxImport model = imported(R"(
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
    e = Exp(x) name="w"
    y = If(c) then_branch=@yes else_branch=@no
    output y e)");
  CHECK(model.weights.at("w_2").identical(floats({2}, {10, 20})));
  CHECK(model.renamed == std::vector<std::pair<std::string, std::string>>{{"w", "w_2"}});
  CHECK(run(model, {{"x", floats({2}, {1, 2})}, {"c", Tensor::scalar(true)}}).at("y").identical(floats({2}, {10, 40})));
}

TEST_CASE("onnx_import: scales of Resize are numbers, not parameters") {
  OnnxImport model = imported(R"(
    opset 13
    input x float32 [1, 1, 1, 2]
    init roi float32 [0]
    init scales float32 [4] 1 1 1 2
    y = Resize(x, roi, scales) mode="nearest" nearest_mode="floor" coordinate_transformation_mode="asymmetric"
    output y)");
  CHECK(model.weights.empty());
  CHECK(run(model, {{"x", floats({1, 1, 1, 2}, {3, 4})}}).at("y").identical(floats({1, 1, 1, 4}, {3, 3, 4, 4})));
}

TEST_CASE("onnx_import: Unique takes NaN for equal to itself and behind all numbers") {
  OnnxImport model = imported(R"(
    opset 17
    input x float32 []
    c = Constant() value=float32[5]{nan, 1, 2, 1, nan}
    y, first, which, counts = Unique(c)
    output y counts)");
  TensorMap found = run(model, {{"x", Tensor::scalar(0.0f)}});
  CHECK(found.at("counts").identical(integers({2, 1, 2})));
  CHECK(found.at("y").values<float>()[0] == 1);
  CHECK(std::isnan(found.at("y").values<float>()[2]));
}

TEST_CASE("onnx_import: sizes that are computed from shapes need no value") {
  // What PyTorch writes for x.view(x.size(0), -1, 2 * x.size(1)) and the like.
  OnnxImport model = imported(R"(
    opset 13
    input x float32 [batch, time, 6]
    shape = Shape(x)
    zero = Constant() value=int64[]{0}
    one = Constant() value=int64[]{1}
    n = Gather(shape, zero) axis=0
    t = Gather(shape, one) axis=0
    two = Constant() value=int64[]{2}
    t2 = Mul(t, two)
    axes = Constant() value=int64[1]{0}
    n1 = Unsqueeze(n, axes)
    t21 = Unsqueeze(t2, axes)
    rest = Constant() value=int64[1]{-1}
    wanted = Concat(n1, t21, rest) axis=0
    y = Reshape(x, wanted)
    half = Div(t2, two)
    numbers = Range(zero, half, one)
    output y numbers)");
  CHECK(output_text(model, "y") == "float32 [batch, 2*time, 3]");
  CHECK(output_text(model, "numbers") == "int64 [time]");
  TensorMap results = run(model, {{"x", floats({1, 2, 6}, std::vector<float>(12, 1))}});
  CHECK(results.at("y").shape() == Shape{1, 4, 3});
  CHECK(results.at("numbers").identical(integers({0, 1})));
}

TEST_CASE("onnx_import: static inputs decide shapes, and are asked for") {
  const std::string text = R"(
    opset 13
    input x float32 [2, 3]
    input sizes int64 [2]
    input more int64 [1]
    all = Concat(sizes, more) axis=0
    y = Reshape(x, all) name="view"
    output y)";
  try {
    imported(text);
    FAIL("a shape must be asked for");
  } catch (const StaticInputNeeded& needed) {
    CHECK(
        needed.what() ==
        std::string("m.onnx: node \"view\" (Reshape): its input 1 (shape) must be known when importing; it comes from "
                    "the inputs \"sizes\", \"more\": give a value with --static NAME=FILE.npy"));
    CHECK(needed.inputs() == std::vector<std::string>{"sizes", "more"});
    CHECK(needed.fault() == Fault::input);
  }
  OnnxImport model = imported(text, {{"sizes", integers({3, 1})}, {"more", integers({-1})}});
  CHECK(output_text(model, "y") == "float32 [3, 1, 2]");
  CHECK(model.module->function("main").inputs().size() == 1);
  auto refusal = [&](const char* name, Tensor value) {
    try {
      imported(text, {{name, value}});
      return std::string("imported");
    } catch (const OnnxImportError& error) {
      return std::string(error.what());
    }
  };
  CHECK(refusal("size", integers({3, 1})) == "m.onnx: the graph has no input \"size\"; did you mean \"sizes\"?");
  CHECK(refusal("sizes", floats({2}, {3, 1})) ==
        "m.onnx: the input \"sizes\" is int64 [2], but the value given for it is float32 [2]");
  CHECK(refusal("sizes", integers({3})) ==
        "m.onnx: the input \"sizes\" is int64 [2], but the value given for it is int64 [1]");
}

TEST_CASE("onnx_import: functions of the model are written out with the caller's attributes") {
  OnnxImport model = imported(R"(
    opset 17
    opset my.ops 1
    function my.ops.scaled x bias -> y : alpha
      h = LeakyRelu(x) alpha=$alpha
      y = my.ops.added(h, bias)
    end
    function my.ops.added a b -> c
      c = Sum(a, b)
    end
    input x float32 [2]
    input z float32 [2]
    y = my.ops.scaled(x, z) alpha=0.5 name="first"
    w = my.ops.scaled(x, z) name="second"
    output y w)");
  TensorMap results = run(model, {{"x", floats({2}, {-4, 4})}, {"z", floats({2}, {1, 2})}});
  CHECK(results.at("y").identical(floats({2}, {-1, 6})));
  CHECK(results.at("w").identical(floats({2}, {1 - 0.04f, 6})));  // LeakyRelu's own 0.01
  CHECK(model.module->function("main").find_node("first/h") >= 0);
}

TEST_CASE("onnx_import: functions of one name are told apart by their overload") {
  onnx::Model model = model_of(R"(
    opset 17
    opset f 1
    function f.change x -> y
      y = Neg(x)
    end
    function f.change x -> y
      y = Abs(x)
    end
    input x float32 [2]
    y = f.change(x)
    z = f.change(x)
    output y z)");
  CHECK_THROWS_WITH_AS(import_onnx(model), "model: the function \"change\" of \"f\" is defined twice", OnnxImportError);
  model.functions[1].overload = model.graph.nodes[1].overload = "positive";
  TensorMap results = run(import_onnx(model), {{"x", floats({2}, {-4, 4})}});
  CHECK(results.at("y").identical(floats({2}, {4, -4})));
  CHECK(results.at("z").identical(floats({2}, {4, 4})));
}

TEST_CASE("onnx_import: what was imported has gradients and trains") {
  OnnxImport model = imported(R"(
    opset 17
    input x float32 [batch, 2]
    init w1 float32 [2, 3] 0.5 -0.25 0.125 0.75 0.5 -0.5
    init b1 float32 [3] 0.1 0 -0.1
    init w2 float32 [3, 1] 1 -1 0.5
    a = Gemm(x, w1, b1)
    h = Tanh(a)
    y = MatMul(h, w2)
    output y)");
  Graph& main = model.module->function("main");
  Value target = main.input("target", DType::float32, {"batch", 1});
  Value loss = mean(square(main.output_named("y") - target));
  main.output("loss", loss);
  Values parameters;
  for (const Variable& variable : model.module->variables()) parameters.push_back(main.variable(variable.name));
  Values slopes = gradients(loss, parameters);
  for (std::size_t i = 0; i < parameters.size(); ++i)
    main.update(parameters[i].node().name, parameters[i] - 0.2 * slopes[i]);
  Session session(*model.module);
  for (const auto& [name, value] : model.weights) session.set_variable(name, value);
  TensorMap inputs{{"x", floats({4, 2}, {0, 0, 0, 1, 1, 0, 1, 1})}, {"target", floats({4, 1}, {0, 1, 1, 2})}};
  double first = session.run("main", inputs).at("loss").item(), last = 0;
  for (int step = 0; step < 100; ++step) last = session.run("main", inputs).at("loss").item();
  CHECK(first > 0.5);
  CHECK(last < 0.01);
}
