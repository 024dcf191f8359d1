// Fresh symbols: told from those a node was given, and renamed where types are inferred a second time.
#include "graph/fresh_symbols.h"

#include <doctest/doctest.h>

#include "graph/module.h"
#include "graph/op_def.h"
#include "graph/verify.h"

using namespace gradloom;

namespace {

// As many rows as running it finds: [$1, columns].
constexpr OpDef some_rows_op{.name = "some_rows",
                             .summary = "the rows of a matrix that a test keeps",
                             .inputs = {"x"},
                             .shape = [](const Infer& in) -> Types {
                               return {{in.dtype(0), {in.fresh_symbol(), in.shape(0)[1]}}};
                             }};

}  // namespace

TEST_CASE("graph/fresh_symbols: numbers of symbols") {
  CHECK(fresh_number("$12") == 12);
  for (const char* other : {"$", "$0", "$01", "$x", "$1x", "x1", "$-1", "$99999999999999999999"})
    CHECK_MESSAGE(!fresh_number(other), other);
}

TEST_CASE("graph/fresh_symbols: a node's own are those it was not given") {
  Module module;
  Graph& graph = module.add_function("filter");
  Value x = graph.input("x", DType::float32, {"batch", 3});
  Value some = apply(some_rows_op, {x});
  Value fewer = apply(some_rows_op, {some});
  CHECK(own_symbols(x.node()).empty());
  CHECK(own_symbols(some.node()) == std::vector<std::string>{"$1"});
  CHECK(own_symbols(fewer.node()) == std::vector<std::string>{"$2"});
  CHECK(with_own_symbols(fewer.node(), {"$40"})[0].text() == "float32 [$40, 3]");
}

TEST_CASE("graph/fresh_symbols: a graph with fresh symbols verifies") {
  Module module;
  Graph& graph = module.add_function("filter");
  Value some = apply(some_rows_op, {graph.input("x", DType::float32, {"batch", 3})});
  graph.output("rows", apply(some_rows_op, {some}));
  verify(module);
}
