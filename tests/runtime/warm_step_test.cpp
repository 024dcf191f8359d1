// A warm step allocates nothing, and binding new sizes is cheap.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <fstream>

#include "graph/text.h"
#include "ops/ops.h"
#include "runtime/plan.h"
#include "tests/runtime/allocation_count.h"
#include "tests/runtime/random_graph.h"
#include "training/reference_workload.h"

using namespace gradloom;
using testing::allocation_count;
using testing::random_tensor;

namespace {

// An operation whose kernel is known to allocate nothing: x / 2 + y / 2, with scratch memory for y / 2.
const OpDef blend_op{
    .name = "blend",
    .summary = "half of each",
    .inputs = {"x", "y"},
    .traits = Trait::elementwise,
    .shape = [](const Infer& in) -> Types { return {in.type(0)}; },
    .kernel =
        [](const Kernel& k) {
          auto x = k.input(0).as<float>(), y = k.input(1).as<float>(), out = k.output().as<float>();
          float* half = k.scratch<float>(k.output().size());
          for (std::size_t i = 0; i < y.size(); ++i) half[i] = y[i] / 2;
          for (std::size_t i = 0; i < out.size(); ++i) out[i] = x[i] / 2 + half[i];
        },
};

Value blend(Value x, Value y) { return apply(blend_op, {x, y}); }

// A chain over rows, with a loop that has lengths, a reversed loop in a loop, and an update.
void declare(Module& module) {
  module.add_variable({"mean", DType::float32, {8}, Role::slot, constant_fill(1)});
  Graph& f = module.add_function("f");
  Value s = f.input("s", DType::float32, {"time", "batch", 8});
  Value row = f.input("row", DType::float32, {"batch", 8});
  Value lengths = f.input("lengths", DType::int32, {"batch"});
  ScanResult masked = scan({row, row}, {s},
                           [&](const Values& c, const Values& x) {
                             Value next = blend(c[0], x[0]);
                             return Step{{next, blend(c[1], row)}, {next, blend(next, c[1])}};
                           },
                           {.lengths = lengths});
  Value w = f.variable("mean");
  ScanResult nested = scan({masked.carries[0]}, {masked.outputs[1]}, [&](const Values& c, const Values& x) {
    ScanResult inner = scan({c[0]}, {s},
                            [&](const Values& d, const Values& y) {
                              return Step{{blend(blend(d[0], y[0]), x[0])}, {}};
                            },
                            {.reverse = true});
    return Step{inner.carries, {}};
  });
  f.output("last", blend(nested.carries[0], row));
  f.output("stacked", masked.outputs[0]);
  f.update("mean", blend(w, w));
}

}  // namespace

TEST_CASE("runtime/warm_step: a warm step allocates nothing") {
  Module module;
  declare(module);
  Session session(module, {.compile = {.optimize = false}});
  session.initialize(1);
  auto call = session.prepare("f");
  auto set = [&](std::int64_t time) {
    call->set_input(call->input_index("s"), random_tensor(DType::float32, {time, 4, 8}, 1));
    call->set_input(call->input_index("row"), random_tensor(DType::float32, {4, 8}, 2));
    call->set_input(call->input_index("lengths"), Tensor::from<std::int32_t>({4}, {3, 0, 5, 2}));
  };
  for (std::int64_t time : {6, 9}) {
    set(time);
    call->run();
    call->run();
  }
  std::int64_t before = allocation_count();
  for (int i = 0; i < 10; ++i) call->run();
  CHECK(allocation_count() - before == 0);
  // Another plan of the session, bound before.
  set(6);
  before = allocation_count();
  call->run();
  CHECK(allocation_count() - before == 0);
  InterpreterResult wanted = interpret(module.function("f"),
                                       {{"s", random_tensor(DType::float32, {6, 4, 8}, 1)},
                                        {"row", random_tensor(DType::float32, {4, 8}, 2)},
                                        {"lengths", Tensor::from<std::int32_t>({4}, {3, 0, 5, 2})}},
                                       session.variables());
  auto stacked = call->output(call->output_index("stacked"));
  CHECK(std::memcmp(stacked.data, wanted.outputs.at("stacked").data(), stacked.bytes()) == 0);
}

TEST_CASE("runtime/warm_step: neither a training step nor a decoding step of the translator allocates") {
  Workload workload;
  workload.size = {.embedding = 8, .hidden = 16, .vocabulary = 50, .batch = 4, .source_length = 6, .target_length = 5};
  Module module;
  declare_workload(module, workload, 1.0);
  Session session(module);
  session.initialize(1);
  TensorMap inputs = workload_batch(workload, 0);
  TensorMap encoded =
      session.run("encode", {{"source", inputs.at("source")}, {"source_lengths", inputs.at("source_lengths")}});
  encoded["source_lengths"] = inputs.at("source_lengths");
  encoded["previous"] = Tensor(DType::int32, {4});
  inputs["learning_rate"] = Tensor::scalar<float>(1e-3F);
  auto count = [&](const char* function, const TensorMap& all) {
    auto call = session.prepare(function);
    for (const Value& input : module.function(function).inputs())
      call->set_input(call->input_index(input.node().name), all.at(input.node().name));
    for (int i = 0; i < 2; ++i) call->run();
    std::int64_t before = allocation_count();
    for (int i = 0; i < 3; ++i) call->run();
    return allocation_count() - before;
  };
  CHECK(count("train_step", inputs) == 0);
  CHECK(count("decode_step", encoded) == 0);
}

TEST_CASE("runtime/warm_step: ten thousand steps do not grow") {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  MESSAGE("skipped: a sanitizer keeps what is freed, so the memory of the process says nothing");
  return;
#endif
  Module module;
  declare(module);
  Session session(module);
  session.initialize(1);
  TensorMap inputs{{"s", random_tensor(DType::float32, {6, 4, 8}, 1)},
                   {"row", random_tensor(DType::float32, {4, 8}, 2)},
                   {"lengths", Tensor::from<std::int32_t>({4}, {3, 0, 5, 2})}};
  auto resident_pages = [] {
    std::ifstream file("/proc/self/statm");
    std::int64_t total = 0, resident = 0;
    file >> total >> resident;
    return resident;
  };
  for (int i = 0; i < 1000; ++i) session.run("f", inputs);
  std::int64_t before = resident_pages();
  for (int i = 0; i < 10000; ++i) session.run("f", inputs);
  CHECK(static_cast<double>(resident_pages()) < 1.01 * static_cast<double>(before));
}

TEST_CASE("runtime/warm_step: binding 500 nodes to new sizes takes about a millisecond") {
  Module module;
  Graph& f = module.add_function("f");
  Value x = f.input("x", DType::float32, {"batch", "time"});
  Values kept{x};
  for (std::size_t i = 0; i < 500; ++i) kept.push_back(kept.back() + kept[i / 3]);
  f.output("y", kept.back());
  auto compiled = std::make_shared<const CompiledFunction>(module, "f", CompileOptions{.optimize = false});
  double best = 1e9;
  for (std::int64_t batch = 1; batch <= 20; ++batch) {
    auto start = std::chrono::steady_clock::now();
    Plan plan(compiled, {batch, 7});
    best = std::min(best, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  MESSAGE("binding: ", best, " ms");
  // Sanitizers and busy machines take longer; a quadratic slip takes far longer.
  CHECK(best < 20);
}

TEST_CASE("runtime/warm_step: a training step is compiled once for hundreds of sizes, each bound in a moment") {
  Module module;
  Workload workload;
  workload.size = workload_size("M");
  declare_workload(module, workload, 1.0);
  auto begin = std::chrono::steady_clock::now();
  auto milliseconds = [&] {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
  };
  auto compiled = std::make_shared<const CompiledFunction>(module, "train_step", CompileOptions{});
  double compiling = milliseconds();
  std::string text = graph_text(*compiled->graph);
  std::vector<double> times;
  for (std::int64_t source = 2; source < 12; ++source)
    for (std::int64_t target = 2; target < 12; ++target)
      for (std::int64_t batch : {7, 33, 64}) {
        std::vector<std::int64_t> sizes;
        for (const std::string& symbol : compiled->symbols)
          sizes.push_back(symbol == "batch" ? batch : symbol == "source_length" ? source : target);
        begin = std::chrono::steady_clock::now();
        Plan plan(compiled, sizes);
        times.push_back(milliseconds());
        CHECK(plan.arena_bytes() > 0);
      }
  std::ranges::sort(times);
  MESSAGE("compiling: ", compiling, " ms; binding ", times.size(), " times: median ", times[times.size() / 2],
          " ms, at most ", times.back(), " ms");
  CHECK(graph_text(*compiled->graph) == text);
  CHECK(times[times.size() / 2] < 20);
}
