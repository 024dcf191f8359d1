// A value and its gradient. A function is declared as a graph; its gradient is more of the same graph, so it can be
// printed, run and differentiated again.
#include <cstdio>

#include "autodiff/gradients.h"
#include "graph/module.h"
#include "ops/ops.h"
#include "runtime/session.h"

using namespace gradloom;

int main() {
  Module module;
  Graph& cubic = module.add_function("cubic");
  // "n" is a symbol: the function takes vectors of any length, and every result knows that its length is n too.
  Value x = cubic.input("x", DType::float64, {"n"});
  Value y = x * x * x - 2.0 * x;
  cubic.output("y", y);

  // Gradients are of one number, so the elements are summed; each x only moves its own y.
  Value slope = gradients(sum(y), {x})[0];
  Value curvature = gradients(sum(slope), {x})[0];
  cubic.output("slope", slope);
  cubic.output("curvature", curvature);

  // What was declared and what differentiation added are nodes alike, with types and names.
  std::printf("y is a %s, slope is a %s\n", y.type().text().c_str(), slope.type().text().c_str());
  std::printf("slope's node is below \"%s\"\n", slope.name().substr(0, slope.name().find('/')).c_str());

  // Running compiles first: equal nodes are shared, what no output needs is dropped.
  Session session(module);
  TensorMap results = session.run("cubic", {{"x", Tensor::from<double>({5}, {-2, -1, 0, 1, 2})}});
  for (const char* name : {"y", "slope", "curvature"}) {
    std::printf("%-10s", name);
    for (double value : results.at(name).values<double>()) std::printf("%6.1f", value);
    std::printf("\n");
  }
}
