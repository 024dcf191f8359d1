// Sizes that no machine has, in every place where an operation takes one: a typed error before anything is allocated,
// or a result when the size is small after all.
#include <doctest/doctest.h>

#include <functional>
#include <limits>
#include <new>

#include "base/error.h"
#include "ops/ops.h"
#include "runtime/session.h"

using namespace gradloom;

namespace {

constexpr std::int64_t greatest = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t sizes[] = {0,
                                  1,
                                  (std::int64_t{1} << 31) - 1,
                                  std::int64_t{1} << 31,
                                  std::int64_t{1} << 32,
                                  std::int64_t{1} << 62,
                                  greatest,
                                  -1,
                                  std::numeric_limits<std::int64_t>::min()};

struct Place {
  const char* name;
  std::function<Values(Graph&, Value x, Dim size)> build;  // x: float32 [2, 3]
};

Value indices(Graph& g) { return g.constant(Tensor::from<std::int64_t>({2}, {0, 0})); }
Randomness randomness(Graph& g) { return {g.constant(DType::int64, 1), g.constant(DType::int64, 2)}; }

const Place places[] = {
    {"fill", [](Graph& g, Value, Dim n) -> Values { return {fill(g, DType::float32, {n}, 1)}; }},
    {"fill of two axes",
     [](Graph& g, Value, Dim n) -> Values {
       return {fill(g, DType::float64, {n, n}, 1)};
     }},
    {"fill with an empty axis",
     [](Graph& g, Value, Dim n) -> Values {
       return {fill(g, DType::float32, {n, 0}, 1)};
     }},
    {"range", [](Graph& g, Value, Dim n) -> Values { return {range(g, n)}; }},
    {"dim", [](Graph& g, Value, Dim n) -> Values { return {dim(g, n)}; }},
    {"eye", [](Graph& g, Value, Dim n) -> Values { return {eye(g, DType::float32, n)}; }},
    {"reshape",
     [](Graph&, Value x, Dim n) -> Values {
       return {reshape(x, {n, 2})};
     }},
    {"reshape of two axes",
     [](Graph&, Value x, Dim n) -> Values {
       return {reshape(x, {n, n})};
     }},
    {"broadcast_to",
     [](Graph&, Value x, Dim n) -> Values {
       return {broadcast_to(x, {n, 2, 3})};
     }},
    {"tile",
     [](Graph&, Value x, Dim n) -> Values {
       return {tile(x, {n, 1})};
     }},
    {"tile of two axes",
     [](Graph&, Value x, Dim n) -> Values {
       return {tile(x, {n, n})};
     }},
    {"pad before",
     [](Graph&, Value x, Dim n) -> Values {
       return {pad(x, {n, 0}, {0, 0})};
     }},
    {"pad after",
     [](Graph&, Value x, Dim n) -> Values {
       return {pad(x, {0, 0}, {n, n})};
     }},
    {"pad by reflection",
     [](Graph&, Value x, Dim n) -> Values {
       return {pad(x, {n, 0}, {0, 0}, PadMode::reflect)};
     }},
    {"slice to", [](Graph&, Value x, Dim n) -> Values { return {slice(x, 0, 0, n)}; }},
    {"slice from", [](Graph&, Value x, Dim n) -> Values { return {slice(x, 1, n, 3)}; }},
    {"split",
     [](Graph&, Value x, Dim n) -> Values {
       return split(x, 0, {n, Dim(2) - n});
     }},
    {"one_hot", [](Graph& g, Value, Dim n) -> Values { return {one_hot(indices(g), n, DType::float32)}; }},
    {"sequence_mask", [](Graph& g, Value, Dim n) -> Values { return {sequence_mask(indices(g), n)}; }},
    {"scatter_add", [](Graph& g, Value x, Dim n) -> Values { return {scatter_add(indices(g), x, n)}; }},
    {"top_k", [](Graph&, Value x, Dim n) -> Values { return {top_k(x, n).values}; }},
    {"random_uniform",
     [](Graph& g, Value, Dim n) -> Values {
       return {random_uniform(randomness(g), DType::float32, {n, 2})};
     }},
    {"random_normal",
     [](Graph& g, Value, Dim n) -> Values {
       return {random_normal(randomness(g), DType::float64, {n, n})};
     }},
    {"the steps of a loop",
     [](Graph&, Value x, Dim n) -> Values {
       return scan({x}, {}, [](const Values& c, const Values&) { return Step{{c[0]}, {c[0]}}; }, {.length = n}).outputs;
     }},
};

struct Axis {
  const char* name;
  std::function<Values(Value x, std::int64_t axis)> build;
};

const Axis axes[] = {
    {"sum", [](Value x, std::int64_t a) -> Values { return {sum(x, {a})}; }},
    {"argmax", [](Value x, std::int64_t a) -> Values { return {argmax(x, a)}; }},
    {"cumsum", [](Value x, std::int64_t a) -> Values { return {cumsum(x, a)}; }},
    {"top_k", [](Value x, std::int64_t a) -> Values { return {top_k(x, 1, a).values}; }},
    {"softmax", [](Value x, std::int64_t a) -> Values { return {softmax(x, a)}; }},
    {"transpose",
     [](Value x, std::int64_t a) -> Values {
       return {transpose(x, {a, 0})};
     }},
    {"expand_dims", [](Value x, std::int64_t a) -> Values { return {expand_dims(x, {a})}; }},
    {"squeeze", [](Value x, std::int64_t a) -> Values { return {squeeze(x, {a})}; }},
    {"concat",
     [](Value x, std::int64_t a) -> Values {
       return {concat({x, x}, a)};
     }},
    {"stack",
     [](Value x, std::int64_t a) -> Values {
       return {stack({x, x}, a)};
     }},
    {"slice", [](Value x, std::int64_t a) -> Values { return {slice(x, a, 0, 1)}; }},
    {"slice's step", [](Value x, std::int64_t a) -> Values { return {slice(x, 0, 0, 2, a)}; }},
    {"split", [](Value x, std::int64_t a) -> Values { return split(x, a, 1); }},
    {"split's parts", [](Value x, std::int64_t a) -> Values { return split(x, 0, a); }},
    {"flatten", [](Value x, std::int64_t a) -> Values { return {flatten(x, a)}; }},
    {"reverse", [](Value x, std::int64_t a) -> Values { return {reverse(x, {a})}; }},
    {"gather", [](Value x, std::int64_t a) -> Values { return {gather(x, indices(x.graph()), a)}; }},
    {"gather's batch", [](Value x, std::int64_t a) -> Values { return {gather(x, indices(x.graph()), 1, a)}; }},
    {"scatter_add", [](Value x, std::int64_t a) -> Values { return {scatter_add(indices(x.graph()), x, 2, a)}; }},
    {"tril", [](Value x, std::int64_t a) -> Values { return {tril(x, a)}; }},
    {"layer_norm",
     [](Value x, std::int64_t a) -> Values { return {layer_norm(x, fill(x.graph(), DType::float32, {3}, 1), {}, a)}; }},
};

// What became of it: "" for a result or a UserError, else what else was thrown.
std::string outcome(const std::function<Values(Graph&, Value)>& build) {
  try {
    Module module;
    Graph& graph = module.add_function("f");
    Value x = graph.input("x", DType::float32, {2, 3});
    Values results = build(graph, x);
    // Summed, so that what is large lies in the arena, which the limit holds.
    for (std::size_t i = 0; i < results.size(); ++i)
      graph.output("y" + std::to_string(i), sum(cast(results[i], DType::float64)));
    SessionOptions options;
    options.max_memory_bytes = std::size_t{1} << 26;
    options.max_steps = 1000;
    Session session(module, options);
    session.run("f", {{"x", Tensor::from<float>({2, 3}, {1, 2, 3, 4, 5, 6})}});
    return "";
  } catch (const UserError&) {
    return "";
  } catch (const std::exception& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("ops/extreme_sizes: a size that no machine has is a typed error wherever it is given") {
  for (const Place& place : places)
    for (std::int64_t size : sizes) {
      std::string other = outcome([&](Graph& g, Value x) { return place.build(g, x, size); });
      CHECK_MESSAGE(other == "", place.name << " of size " << size << ": " << other);
    }
}

TEST_CASE("ops/extreme_sizes: an axis, step or count far outside is a typed error") {
  for (const Axis& axis : axes)
    for (std::int64_t value : sizes) {
      std::string other = outcome([&](Graph&, Value x) { return axis.build(x, value); });
      CHECK_MESSAGE(other == "", axis.name << " with " << value << ": " << other);
    }
}
