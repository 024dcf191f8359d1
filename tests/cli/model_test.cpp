// gradloom show, check and run on a small module: what they print and write, and each refusal.
#include <doctest/doctest.h>

#include <filesystem>

#include "graph/text.h"
#include "serialization/dot.h"
#include "serialization/file.h"
#include "serialization/graph_page.h"
#include "serialization/graph_svg.h"
#include "serialization/model_folder.h"
#include "serialization/npy.h"
#include "tests/cli/command_call.h"
#include "tests/serialization/sample_module.h"
#include "tests/serialization/scratch_folder.h"

using namespace gradloom;

namespace {

// A model folder with the sample module, and npy files of its inputs.
class SampleFolder {
 public:
  SampleFolder() {
    write_module(path(), *sample_module());
    write_npy(path("x.npy"), Tensor::from<float>({3, 2}, {1, 2, 3, 4, 5, 6}));
    write_npy(path("start.npy"), Tensor::from<float>({2}, {8, 16}));
  }
  std::string path() const { return scratch_.path(); }
  std::string path(const std::string& name) const { return scratch_.path(name); }
  void write_values() {
    write_model_folder(path(), *sample_module(),
                       {{"weight", Tensor::scalar(0.5f)}, {"count", Tensor::scalar<std::int64_t>(7)}});
  }
  std::string bytes() const {
    std::string all;
    for (const char* name : {module_file, weights_file, state_file}) all += read_file(path(name), 1'000'000);
    return all;
  }
  Called run(std::vector<std::string> more) const {
    std::vector<std::string> arguments{"run", path(), "--function", "step"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return call(arguments);
  }
  Called run_step(std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"--input", "x=" + path("x.npy"), "start=" + path("start.npy")});
    return run(std::move(more));
  }
  /// What was said, with the folder's own path taken out of it.
  std::string hidden(std::string text) const {
    for (std::size_t at; (at = text.find(path())) != std::string::npos;) text.replace(at, path().size(), "DIR");
    return text;
  }

 private:
  ScratchFolder scratch_;
};

}  // namespace

TEST_CASE("cli/model: show prints a module, a function, a drawing") {
  if (!command_is_built()) return;
  SampleFolder sample;
  auto module = sample_module();
  CHECK(call({"show", sample.path()}).out == module_text(*module));
  CHECK(call({"show", sample.path("module.json")}).out == module_text(*module));
  CHECK(call({"show", sample.path(), "--function", "step"}).out == graph_text(module->function("step")));
  CHECK(call({"show", sample.path(), "--format", "dot"}).out == dot_text(module->function("step")));
  CHECK(call({"show", sample.path(), "--format", "svg"}).out == graph_svg(outline(module->function("step"))));
  CHECK(call({"show", sample.path(), "--format", "html"}).out == graph_page(outline(module->function("step"))));
  Called optimized = call({"show", sample.path(), "--optimized", "--passes"});
  CHECK(optimized.code == 0);
  CHECK(optimized.out.find("step(x: float32 [time, batch], start: float32 [batch])\n") != std::string::npos);
  Called refused = call({"show", sample.path(), "--function", "stop"});
  CHECK(refused.code == 2);
  CHECK(refused.err == "gradloom show: no function \"stop\"; did you mean \"step\"?\n");
  module->add_function("more");
  write_module(sample.path(), *module);
  refused = call({"show", sample.path(), "--format", "svg"});
  CHECK(refused.code == 2);
  CHECK(refused.err == "gradloom show: --format svg draws one function: name it with --function (step, more)\n");
}

TEST_CASE("cli/model: check tells of each file") {
  if (!command_is_built()) return;
  SampleFolder sample;
  sample.write_values();
  Called called = call(
      {"check", sample.path(), sample.path("module.json"), sample.path("weights.safetensors"), sample.path("x.npy")});
  CHECK(called.code == 0);
  CHECK(called.err == "");
  CHECK(sample.hidden(called.out) ==
        "DIR: 1 function, 14 nodes, 2 variables, 1 weight, a state to train on from\n"
        "DIR/module.json: 1 function, 14 nodes, 2 variables, 1 weight, a state to train on from\n"
        "DIR/weights.safetensors: 1 tensor, 1 element\n"
        "DIR/x.npy: float32 [3, 2]\n");
  write_file(sample.path("x.npy"), "nonsense");
  write_file(sample.path("other.json"), "{\"format\": 1}");
  Called failed = call({"check", sample.path("x.npy"), sample.path("other.json"), sample.path("none"),
                        sample.path("weights.safetensors")});
  CHECK(failed.code == 3);
  CHECK(sample.hidden(failed.out) == "DIR/weights.safetensors: 1 tensor, 1 element\n");
  CHECK(sample.hidden(failed.err)
            .ends_with("gradloom check: DIR/other.json: /format: a string was expected, not a number\n"
                       "gradloom check: no model at DIR/none: there is no such file or folder\n"));
  write_file(sample.path("m.onnx"), "hello");
  Called foreign = call({"check", sample.path("m.onnx")});
  CHECK(foreign.code == 3);
  CHECK(sample.hidden(foreign.err) ==
        "gradloom check: DIR/m.onnx: byte 2, in ModelProto: field 13 is a group, which ONNX has none of\n");
  Called limited = call({"check", "--max-nodes", "13", sample.path()});
  CHECK(limited.code == 3);
  CHECK(sample.hidden(limited.err) ==
        "gradloom check: DIR/module.json: /bodies/step~1scan/nodes: with these the file has more than the limit of 13 "
        "nodes\n");
}

TEST_CASE("cli/model: diff says what differs, in the module and in the values") {
  if (!command_is_built()) return;
  SampleFolder sample, other;
  sample.write_values();
  other.write_values();
  Called same = call({"diff", sample.path(), sample.path("module.json")});
  CHECK(same.code == 0);
  CHECK(sample.hidden(same.out) == "DIR and DIR/module.json are the same\n");
  CHECK(other.run_step({"--save"}).code == 0);
  Called called = call({"diff", sample.path(), other.path()});
  CHECK(called.code == 0);
  CHECK(called.out ==
        "weight weight: the largest difference of its elements is 0.25\n"
        "state count: the largest difference of its elements is 1\n"
        "state weight: the largest difference of its elements is 0.25\n");
  CHECK(call({"diff", sample.path(), "nowhere"}).code == 3);
  CHECK(call({"diff", sample.path()}).code == 2);
}

TEST_CASE("cli/model: run prints outputs or writes them") {
  if (!command_is_built()) return;
  SampleFolder sample;
  sample.write_values();
  Called printed = sample.run_step();
  CHECK(printed.code == 0);
  CHECK(printed.err == "");
  CHECK(printed.out == "total: float32 [2] {7.75, 10.5}\ntrace: float32 [3, 2] {5, 10, 5.5, 9, 7.75, 10.5}\n");
  Called written = sample.run_step({"--output", "trace=" + sample.path("t=1.npy")});
  CHECK(written.code == 0);
  CHECK(written.out == "");
  CHECK(read_npy(sample.path("t=1.npy")).identical(Tensor::from<float>({3, 2}, {5, 10, 5.5, 9, 7.75, 10.5})));
  CHECK(sample.run_step({"--plain", "--threads", "2", "--check-finite"}).out == printed.out);
}

TEST_CASE("cli/model: run trains on and saves, and without steps changes no byte") {
  if (!command_is_built()) return;
  SampleFolder sample;
  sample.write_values();
  std::string before = sample.bytes();
  CHECK(sample.run_step({"--steps", "0", "--save"}).code == 0);
  CHECK(sample.run_step({"--steps", "3"}).code == 0);
  CHECK(sample.bytes() == before);
  CHECK(sample.run_step({"--steps", "3", "--save"}).code == 0);
  ModelFolder model = read_model_folder(sample.path());
  CHECK(model.state.at("count").item() == 10);
  CHECK(model.state.at("weight").item() == 0.0625);
  CHECK(model.weights.at("weight").item() == 0.0625);
  // Two runs of one step and one of two end in the same bytes.
  SampleFolder once, twice;
  once.write_values();
  twice.write_values();
  CHECK(once.run_step({"--steps", "2", "--save"}).code == 0);
  for (int i = 0; i < 2; ++i) CHECK(twice.run_step({"--save"}).code == 0);
  CHECK(once.bytes() == twice.bytes());
}

TEST_CASE("cli/model: variables that are in no file come from their initialisers") {
  if (!command_is_built()) return;
  SampleFolder sample;
  std::string first = sample.run_step({"--seed", "3"}).out;
  CHECK(first == sample.run_step({"--seed", "3"}).out);
  CHECK(first != sample.run_step({"--seed", "4"}).out);
  CHECK(!std::filesystem::exists(sample.path("weights.safetensors")));
  CHECK(sample.run_step({"--save"}).code == 0);
  CHECK(read_model_folder(sample.path()).state.at("count").item() == 1);
}

TEST_CASE("cli/model: export writes an ONNX file that check reads") {
  if (!command_is_built()) return;
  SampleFolder sample;
  sample.write_values();
  Called called = call({"export", sample.path(), "--function", "step", "--onnx", sample.path("step.onnx")});
  CHECK(called.code == 0);
  CHECK(called.err == "");
  Called checked = call({"check", sample.path("step.onnx")});
  CHECK(checked.code == 0);
  std::string said = sample.hidden(checked.out);
  CHECK(said.starts_with("DIR/step.onnx: ONNX of opset 17, 4 inputs, 4 outputs, "));
  CHECK(said.ends_with(" nodes, 0 initializers, can be imported\n"));
  Called limited = call({"check", "--max-nodes", "5", sample.path("step.onnx")});
  CHECK(limited.code == 3);
  CHECK(sample.hidden(limited.err).ends_with(": more than 5 nodes, the limit\n"));
}

TEST_CASE("cli/model: what run refuses") {
  if (!command_is_built()) return;
  SampleFolder sample;
  auto refused = [&](const Called& called, int code) {
    CHECK(called.code == code);
    CHECK(called.out == "");
    return sample.hidden(called.err);
  };
  CHECK(refused(call({"run", sample.path("none"), "--function", "f"}), 3) ==
        "gradloom run: no model at DIR/none: there is no such file or folder\n");
  CHECK(refused(call({"run", sample.path(), "--function", "stepp"}), 2) ==
        "gradloom run: no function \"stepp\"; did you mean \"step\"?\n");
  CHECK(refused(sample.run({"--input", "xx=" + sample.path("x.npy")}), 3) ==
        "gradloom run: step has no input \"xx\"; did you mean \"x\"?\n");
  CHECK(refused(sample.run_step({"--output", "loss=" + sample.path("loss.npy")}), 3) ==
        "gradloom run: step has no output \"loss\"; it has total, trace\n");
  CHECK(refused(sample.run_step({"--steps", "0", "--output", "total=" + sample.path("t.npy")}), 2) ==
        "gradloom run: --output: with --steps 0 there is none\n");
  CHECK(refused(sample.run_step({"--output", "total=" + sample.path("t.npy"), "trace=" + sample.path("t.npy")}), 2) ==
        "gradloom run: --output: total and trace would both be written to DIR/t.npy\n");
  CHECK(refused(sample.run({"--input", "x=" + sample.path("x.npy")}), 3) ==
        "gradloom run: step needs the input \"start\": float32 [batch]\n");
  CHECK(refused(sample.run({"--input", "x=" + sample.path("none.npy")}), 3) ==
        "gradloom run: cannot read DIR/none.npy: No such file or directory\n");
  write_npy(sample.path("start.npy"), Tensor::from<double>({2}, {8, 16}));
  CHECK(refused(sample.run_step(), 3) ==
        "gradloom run: input \"start\" of step is float64 [2] but float32 [batch] is needed\n");
  write_npy(sample.path("start.npy"), Tensor::from<float>({3}, {8, 16, 3}));
  CHECK(refused(sample.run_step(), 3) ==
        "gradloom run: input \"start\" of step is float32 [3] but float32 [batch] is needed: batch is 2 by another "
        "input\n");
  write_npy(sample.path("start.npy"), Tensor::from<float>({2}, {8, 16}));
  CHECK(refused(sample.run_step({"--max-steps", "2"}), 3) ==
        "gradloom run: scan: the loop has 3 steps, more than the limit of 2\n  in scan\n");
  CHECK(refused(sample.run_step({"--output", "total=" + sample.path("no/t.npy")}), 4)
            .starts_with("gradloom run: cannot write DIR/no/t.npy: No such file or directory"));
}
