// gradloom import and check on ONNX files: what they write, print and refuse.
#include <doctest/doctest.h>

#include "graph/text.h"
#include "serialization/file.h"
#include "serialization/model_folder.h"
#include "serialization/npy.h"
#include "serialization/onnx/model_file.h"
#include "tests/cli/command_call.h"
#include "tests/serialization/onnx_import/text_model.h"
#include "tests/serialization/scratch_folder.h"

using namespace gradloom;

namespace {

class OnnxFiles {
 public:
  OnnxFiles() {
    write("net.onnx", R"(
      opset 17
      input x:0 float32 [batch, 2]
      init w float32 [2, 2] 1 2 3 4
      y = MatMul(x:0, w)
      output y)");
    write("view.onnx", R"(
      opset 17
      input x float32 [4]
      input shape int64 [2]
      y = Reshape(x, shape) name="view"
      output y)");
    write("foreign.onnx", "opset 17\n input x float32 [2]\n y = Det(x)\n output y");
    write("broken.onnx", "opset 17\n input x float32 [2]\n y = Neg(z)\n output y");
    write_npy(path("shape.npy"), Tensor::from<std::int64_t>({2}, {2, 2}));
    write_npy(path("x.npy"), Tensor::from<float>({1, 2}, {10, 100}));
  }
  std::string path(const std::string& name) const { return scratch_.path(name); }
  void write(const std::string& name, const std::string& text) const { write_onnx(path(name), model_of(text)); }
  std::string hidden(std::string text) const {
    for (std::size_t at; (at = text.find(scratch_.path())) != std::string::npos;)
      text.replace(at, scratch_.path().size(), "DIR");
    return text;
  }

 private:
  ScratchFolder scratch_;
};

}  // namespace

TEST_CASE("cli/import: an attribute that has no part in the module is named, once an operator") {
  if (!command_is_built()) return;
  OnnxFiles files;
  files.write("misspelt.onnx", R"(
      opset 17
      input x float32 [2]
      a = LeakyRelu(x) alfa=0.5
      y = LeakyRelu(a) alfa=0.25
      z = LeakyRelu(y) alpha=0.25
      output z)");
  Called called = call({"import", files.path("misspelt.onnx"), "--module", files.path("misspelt")});
  CHECK(called.code == 0);
  CHECK(called.err == "gradloom import: the attribute alfa of LeakyRelu has no part in the module\n");
}

TEST_CASE("cli/import: a module that runs, with the names of the file") {
  if (!command_is_built()) return;
  OnnxFiles files;
  std::string model = files.path("model");
  Called called = call({"import", files.path("net.onnx"), "--module", model});
  CHECK(called.code == 0);
  CHECK(called.out == "main(x_0: float32 [batch, 2]) -> y: float32 [batch, 2]\n3 nodes, 1 variable\n");
  CHECK(called.err == "gradloom import: \"x:0\" is called \"x_0\" in the module\n");
  Called run = call({"run", model, "--function", "main", "--input", "x_0=" + files.path("x.npy")});
  CHECK(run.out == "y: float32 [1, 2] {310, 420}\n");
  CHECK(read_model_folder(model).weights.at("w").identical(Tensor::from<float>({2, 2}, {1, 2, 3, 4})));
}

TEST_CASE("cli/import: static inputs are asked for and given") {
  if (!command_is_built()) return;
  OnnxFiles files;
  std::string model = files.path("model");
  Called asked = call({"import", files.path("view.onnx"), "--module", model});
  CHECK(asked.code == 3);
  CHECK(files.hidden(asked.err) ==
        "gradloom import: DIR/view.onnx: node \"view\" (Reshape): its input 1 (shape) must be known when importing; it "
        "comes from the input \"shape\": give a value with --static NAME=FILE.npy\n");
  Called given =
      call({"import", files.path("view.onnx"), "--module", model, "--static", "shape=" + files.path("shape.npy")});
  CHECK(given.code == 0);
  CHECK(given.out == "main(x: float32 [4]) -> y: float32 [2, 2]\n2 nodes, 0 variables\n");
}

TEST_CASE("cli/import: a folder that holds something else is left alone") {
  if (!command_is_built()) return;
  OnnxFiles files;
  std::string model = files.path("model");
  REQUIRE(call({"import", files.path("net.onnx"), "--module", model}).code == 0);
  Called taken = call({"import", files.path("net.onnx"), "--module", model});
  CHECK(taken.code == 2);
  CHECK(files.hidden(taken.err) == "gradloom import: --module DIR/model: it holds a module; --overwrite replaces it\n");
  CHECK(call({"import", files.path("net.onnx"), "--module", model, "--overwrite"}).code == 0);
  write_file(model + "/config.json", "{}");
  Called other = call({"import", files.path("net.onnx"), "--module", model, "--overwrite"});
  CHECK(other.code == 2);
  CHECK(files.hidden(other.err) ==
        "gradloom import: --module DIR/model: it holds \"config.json\", which an import does not write; choose another "
        "folder\n");
  Called file = call({"import", files.path("net.onnx"), "--module", files.path("x.npy")});
  CHECK(file.code == 2);
  CHECK(files.hidden(file.err) == "gradloom import: --module DIR/x.npy: it is not a folder\n");
  // Nothing is made of a file that cannot be imported.
  CHECK(call({"import", files.path("foreign.onnx"), "--module", files.path("none")}).code == 3);
  CHECK(call({"check", files.path("none")}).code == 3);
}

TEST_CASE("cli/import: check tells of ONNX files whether they hang together, and whether they can be imported") {
  if (!command_is_built()) return;
  OnnxFiles files;
  Called called = call({"check", files.path("net.onnx"), files.path("view.onnx"), files.path("foreign.onnx")});
  CHECK(called.code == 0);
  CHECK(files.hidden(called.out) ==
        "DIR/net.onnx: ONNX of opset 17, 1 input, 1 output, 1 node, 1 initializer, can be imported\n"
        "DIR/view.onnx: ONNX of opset 17, 2 inputs, 1 output, 1 node, 0 initializers, can be imported with --static "
        "shape=FILE.npy\n"
        "DIR/foreign.onnx: ONNX of opset 17, 1 input, 1 output, 1 node, 0 initializers, cannot be imported: node of "
        "\"y\" (Det): this operator cannot be imported\n");
  Called broken = call({"check", files.path("broken.onnx"), files.path("x.onnx")});
  CHECK(broken.code == 3);
  CHECK(files.hidden(broken.err)
            .starts_with("gradloom check: DIR/broken.onnx: node of \"y\" (Neg): its input \"z\" is neither an input of "
                         "the graph, an initializer nor given by a node before it\n"));
}
