// A scan: the loop is a node of the graph. Its body is declared once, for one time step; the gradient is another loop,
// which runs backwards; lengths say which steps of a row are padding.
#include <cstdio>

#include "autodiff/gradients.h"
#include "graph/module.h"
#include "ops/ops.h"
#include "runtime/session.h"

using namespace gradloom;

int main() {
  Module module;
  Graph& graph = module.add_function("smooth");
  Value x = graph.input("x", DType::float32, {"time", "batch"});  // time is axis 0 of what a loop goes through
  Value lengths = graph.input("lengths", DType::int32, {"batch"});
  Value keep = graph.input("keep", DType::float32, {});

  // s_t = keep s_(t-1) + (1 - keep) x_t, from s = 0
  Value zero = fill(graph, DType::float32, {"batch"}, 0);
  ScanResult smoothed = scan({zero}, {x},
                             [&](const Values& carries, const Values& slices) -> Step {
                               // `keep` is of the surrounding graph: in here it is a constant, the same at each step.
                               Value s = keep * carries[0] + (1.0 - keep) * slices[0];
                               return {.carries = {s}, .outputs = {s}};
                             },
                             {.lengths = lengths, .name = "smoothing"});

  Value last = smoothed.carries[0];  // each row's state after its own last step
  graph.output("s", smoothed.outputs[0]);
  graph.output("last", last);
  Values slopes = gradients(sum(last), {x, keep});
  graph.output("d_x", slopes[0]);
  graph.output("d_keep", slopes[1]);

  Session session(module);
  TensorMap results = session.run("smooth", {{"x", Tensor::from<float>({4, 2}, {8, 8, 0, 8, 4, 9, 4, 9})},
                                             {"lengths", Tensor::from<std::int32_t>({2}, {4, 2})},
                                             {"keep", Tensor::scalar(0.5f)}});
  for (const char* name : {"s", "d_x"}) {
    std::printf("%s\n", name);
    auto values = results.at(name).values<float>();
    for (std::size_t t = 0; t < 4; ++t) std::printf("  t=%zu %8.4f %8.4f\n", t, values[2 * t], values[2 * t + 1]);
  }
  auto ends = results.at("last").values<float>();
  std::printf("last  %8.4f %8.4f\nd_keep %.4f\n", ends[0], ends[1], results.at("d_keep").item());
}
