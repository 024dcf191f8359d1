// Graphviz text: scopes and bodies as boxes, and what must be escaped.
#include "serialization/dot.h"

#include <doctest/doctest.h>

#include "graph/module.h"
#include "ops/ops.h"

using namespace gradloom;

TEST_CASE("serialization/dot: scopes, variables, constants, outputs") {
  Module module;
  module.add_variable({"layer/weight", DType::float32, {3}, Role::parameter, {}});
  Graph& graph = module.add_function("layer");
  Value x = graph.input("x", DType::float32, {"batch", 3});
  Scope scope(graph, "dense");
  graph.output("y", tanh(x * graph.variable("layer/weight")) * 2.0);
  CHECK(dot_text(graph) ==
        R"(digraph "layer" {
  node [shape=box, style=rounded, fontname="sans-serif", fontsize=10];
  edge [fontname="sans-serif", fontsize=8];
  "x" [shape=ellipse, label="x\nfloat32 [batch, 3]"];
  "layer/weight" [shape=cylinder, label="layer/weight\nfloat32 [3]"];
  subgraph "cluster_dense/" {
    label="dense";
    "dense/mul" [label="mul"];
    "dense/tanh" [label="tanh"];
    "dense/constant" [shape=plain, label="float32 [] {2}"];
    "dense/mul_2" [label="mul\nmul_2"];
  }
  "x" -> "dense/mul" [label="float32 [batch, 3]"];
  "layer/weight" -> "dense/mul" [label="float32 [3]"];
  "dense/mul" -> "dense/tanh" [label="float32 [batch, 3]"];
  "dense/tanh" -> "dense/mul_2" [label="float32 [batch, 3]"];
  "dense/constant" -> "dense/mul_2" [label="float32 []"];
  "output:y" [shape=ellipse, label="output\ny"];
  "dense/mul_2" -> "output:y" [label="float32 [batch, 3]"];
}
)");
}

TEST_CASE("serialization/dot: a loop holds its body, and an update is drawn") {
  Module module;
  module.add_variable({"total", DType::float32, {}, Role::slot, {}});
  Graph& graph = module.add_function("sum");
  Value x = graph.input("x", DType::float32, {"time"});
  ScanResult loop = scan({graph.variable("total")}, {x}, [](const Values& carries, const Values& slices) {
    return Step{{carries[0] + slices[0]}, {}};
  });
  graph.update("total", loop.carries[0]);
  CHECK(dot_text(graph) ==
        R"(digraph "sum" {
  node [shape=box, style=rounded, fontname="sans-serif", fontsize=10];
  edge [fontname="sans-serif", fontsize=8];
  "x" [shape=ellipse, label="x\nfloat32 [time]"];
  "total" [shape=cylinder, label="total\nfloat32 []"];
  subgraph "cluster_scan>body>" {
    label="scan: body";
    style=dashed;
    "scan>body>carry_0" [shape=ellipse, label="carry_0\nfloat32 []"];
    "scan>body>slice_0" [shape=ellipse, label="slice_0\nfloat32 []"];
    "scan>body>add" [label="add"];
    "scan>body>carry_0" -> "scan>body>add" [label="float32 []"];
    "scan>body>slice_0" -> "scan>body>add" [label="float32 []"];
    "scan>body>output:carry_0" [shape=ellipse, label="output\ncarry_0"];
    "scan>body>add" -> "scan>body>output:carry_0" [label="float32 []"];
  }
  "scan" [label="scan"];
  "total" -> "scan" [label="float32 []"];
  "x" -> "scan" [label="float32 [time]"];
  "update:total" [shape=ellipse, label="update\ntotal"];
  "scan" -> "update:total" [label="float32 []"];
}
)");
}
