// Single ONNX nodes with attributes or operands that ONNX forbids: each is an error that says what is wrong, none a
// result of another shape, of another row, or of no meaning.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "tests/serialization/onnx_import/node_model.h"

using namespace gradloom;

namespace {

Tensor ones(Shape shape) {
  auto count = static_cast<std::size_t>(element_count(shape));
  return Tensor::from(std::move(shape), std::vector<float>(count, 1));
}

Tensor floats(std::vector<float> values) { return Tensor::from({static_cast<std::int64_t>(values.size())}, values); }
Tensor integers(Shape shape, std::vector<std::int64_t> values) { return Tensor::from(std::move(shape), values); }

// What the importer says behind the node's place.
void refuses(const NodeModel& model, std::string_view text) {
  CHECK_MESSAGE(model.refusal().find(text) != std::string::npos, model.refusal());
}

// What running says, with the compiler's passes and without.
void fails(const NodeModel& model, std::string_view text) {
  for (bool optimize : {false, true}) {
    std::string said = "(no error)";
    try {
      model.run(optimize);
    } catch (const UserError& error) {
      said = error.what();
    }
    CHECK_MESSAGE(said.find(text) != std::string::npos, said);
  }
}

}  // namespace

TEST_CASE("onnx_import/operators: a place outside of an axis is an error whatever the reduction") {
  for (std::string reduction : {"none", "add", "mul", "max", "min"}) {
    auto elements = [&](std::int64_t place) {
      return NodeModel("ScatterElements", 18)
          .input(ones({2, 3}))
          .input(integers({1, 2}, {place, 0}))
          .input(ones({1, 2}))
          .integer("axis", 1)
          .text("reduction", reduction);
    };
    auto tuples = [&](std::int64_t place) {
      return NodeModel("ScatterND", 18)
          .input(ones({2, 3}))
          .input(integers({1, 2}, {0, place}))
          .input(ones({1}))
          .text("reduction", reduction);
    };
    for (std::int64_t place : {3, -4}) {
      fails(elements(place), concat_text("is ", place, " but axis"));
      fails(tuples(place), "but axis");
    }
    CHECK(elements(-1).run()[0].size() == 6);
    CHECK(tuples(-1).run()[0].size() == 6);
    // One column more than there are is no column of the next row.
    fails(NodeModel("ScatterElements", 18)
              .input(ones({2, 3}))
              .input(integers({1, 4}, {0, 0, 0, 0}))
              .input(ones({1, 4}))
              .text("reduction", reduction),
          "is 3 but axis");
  }
}

TEST_CASE("onnx_import/operators: what a text of the file holds can be printed") {
  refuses(NodeModel("ScatterND", 18)
              .input(ones({2, 3}))
              .input(integers({1, 2}, {0, 0}))
              .input(ones({1}))
              .text("reduction", "mu\xfe\n"),
          "the reduction \"mu\\xfe\\u000a\" is none of none, add, mul, max and min");
  // In the words of an operation of ours.
  refuses(NodeModel("Einsum", 12).input(ones({2, 3})).text("equation", "ij->\xe1"), "not \"\\xe1\"");
}

TEST_CASE("onnx_import/operators: indices may leave out what is behind on the other axes") {
  Tensor x = Tensor::from<float>({2, 3}, {0, 1, 2, 3, 4, 5});
  auto taken = [&](const Tensor& indices) {
    return NodeModel("GatherElements", 13).input(x).input(indices).integer("axis", 1);
  };
  CHECK(taken(integers({1, 2}, {2, 0})).run()[0].identical(Tensor::from<float>({1, 2}, {2, 0})));
  refuses(taken(integers({3, 1}, {0, 0, 0})), "slice(x: [2, 3])");
  std::vector<Tensor> written = NodeModel("ScatterElements", 11)
                                    .input(ones({2, 3}))
                                    .input(integers({1, 2}, {-1, 0}))
                                    .input(Tensor::from<float>({1, 2}, {5, 7}))
                                    .integer("axis", 1)
                                    .run();
  CHECK(written[0].identical(Tensor::from<float>({2, 3}, {7, 1, 5, 1, 1, 1})));
}

TEST_CASE("onnx_import/operators: what belongs to channels or rows has their sizes, and does not widen the result") {
  auto image = [](std::string op, std::int64_t channels) {
    return NodeModel(std::move(op), 15).input(ones({1, channels, 4, 4}));
  };
  refuses(image("Conv", 1).input(ones({1, 1, 2, 2})).input(ones({3})),
          "a value for each channel is float32 [3] but there are 1 channels");
  refuses(image("ConvTranspose", 1).input(ones({1, 1, 2, 2})).input(ones({3})), "[3] but there are 1 channels");
  refuses(image("InstanceNormalization", 1).input(ones({3})).input(ones({3})), "[3] but there are 1 channels");
  auto batch_norm = image("BatchNormalization", 3).input(ones({3})).input(ones({3})).input(ones({3}));
  CHECK(NodeModel(batch_norm).input(ones({3})).refusal() == "(imported)");
  refuses(NodeModel(batch_norm).input(ones({1})), "[1] but there are 3 channels");
  refuses(NodeModel("Gemm", 13).input(ones({1, 3})).input(ones({3, 4})).input(ones({3, 4})),
          "C is float32 [3, 4], which does not broadcast to float32 [1, 4]");
}

TEST_CASE("onnx_import/operators: windows whose sizes exceed the operand or 64 bits") {
  auto pool = [](std::vector<std::int64_t> kernel) {
    return NodeModel("MaxPool", 12).input(ones({1, 1, 4, 4})).integers("kernel_shape", std::move(kernel));
  };
  constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
  refuses(pool({largest, 1}).integers("dilations", {4, 1}), "is beyond 64 bits");
  refuses(pool({7, 1}), "a window of 7 elements is larger than axis 2 of 4 with its padding of 0 and 0");
  refuses(NodeModel("LRN", 13).input(ones({1, 1, 4, 4})).integer("size", 0), "size is 0 but must be above 0");
  refuses(NodeModel("ConvTranspose", 11)
              .input(ones({1, 1, 4, 4}))
              .input(ones({1, 1, 2, 2}))
              .integers("output_padding", {-1, 0}),
          "output_padding holds -1 but must not be below 0");
}

TEST_CASE("onnx_import/operators: lists that name an axis twice or have another length than there are outputs") {
  refuses(NodeModel("Slice", 9)
              .input(ones({9}))
              .integers("starts", {1, 1})
              .integers("ends", {8, 8})
              .integers("axes", {0, 0}),
          "there are 2 starts for the 1 axes");
  refuses(NodeModel("Split", 11).input(ones({6})).integers("split", {2, 2, 2}).outputs(2),
          "split holds 3 sizes, but the node has 2 outputs");
  refuses(NodeModel("Unsqueeze", 11).input(ones({6})).integers("axes", std::vector<std::int64_t>(65, 0)),
          "axes are 65 numbers, more than a tensor has axes");
  refuses(NodeModel("Resize", 18)
              .input(ones({1, 1, 4, 4}))
              .left_out()
              .initializer(floats({2, 2}))
              .integers("axes", {2, -2}),
          "axes name axis 2 twice");
}

TEST_CASE("onnx_import/operators: numbers that are none") {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  for (const char* mode : {"nearest", "linear"})
    refuses(NodeModel("Resize", 13)
                .input(ones({1, 1, 4, 4}))
                .initializer(floats({0, 0, nan, 0, 1, 1, 1, 1}))
                .left_out()
                .initializer(integers({4}, {1, 1, 2, 2}))
                .text("mode", mode)
                .text("coordinate_transformation_mode", "tf_crop_and_resize"),
            "roi holds nan, which is no place");
  auto one_hot = [](float depth, Shape values) {
    return NodeModel("OneHot", 11)
        .input(integers({2}, {0, 1}))
        .initializer(Tensor::scalar(depth))
        .input(ones(std::move(values)));
  };
  refuses(one_hot(nan, {2}), "depth is nan, but a number from 0 to 1e+15 is needed");
  refuses(one_hot(3, {3}), "values are float32 [3], but two are needed");
  refuses(NodeModel("Cast", 13).input(ones({2})).integer("to", (std::int64_t{1} << 40) + 1),
          "the attribute to is type 1099511627777, which no tensor of ours holds");
}

TEST_CASE("onnx_import/operators: Unique tells integers apart that a float does not") {
  std::int64_t large = std::int64_t{1} << 60;
  NodeModel model = NodeModel("Unique", 11).initializer(integers({4}, {large + 1, large, 3, large + 1})).outputs(4);
  std::vector<Tensor> found = model.run();
  CHECK(found[0].identical(integers({3}, {3, large, large + 1})));
  CHECK(found[1].identical(integers({3}, {2, 1, 0})));
  CHECK(found[2].identical(integers({4}, {2, 1, 0, 2})));
  CHECK(found[3].identical(integers({3}, {1, 1, 2})));
  refuses(NodeModel("Unique", 11).initializer(Tensor(DType::int64, {0, 1 << 30})).integer("axis", 1),
          "X is int64 [0, 1073741824], which has no elements to tell apart");
}
