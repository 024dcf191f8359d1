// Samples of products: every layout of matrices, batches, vectors, and the sugar on top.
#include "ops/ops.h"
#include "tests/op_samples/indexed.h"

namespace gradloom::op_samples {

namespace {

const Tolerance sums{4e-6, 1e-13, "sums of up to 21 products, in another order"};
const std::vector<DType> integers{DType::int32, DType::int64};

struct Dot {
  const char* name;
  Dims a, b;
  Axes batch_a, batch_b, contract_a, contract_b;
  const char *inputs, *result;
};

void add_dots(Table& table) {
  for (const Dot& dot : {
           Dot{"two matrices", {"m", "k"}, {"k", "n"}, {}, {}, {1}, {0}, "mk,kn", "mn"},
           Dot{"the second transposed", {"m", "k"}, {"n", "k"}, {}, {}, {1}, {1}, "mk,nk", "mn"},
           Dot{"the first transposed", {"k", "m"}, {"k", "n"}, {}, {}, {0}, {0}, "km,kn", "mn"},
           Dot{"both transposed", {"k", "m"}, {"n", "k"}, {}, {}, {-2}, {-1}, "km,nk", "mn"},
           Dot{"an inner product", {"n"}, {"n"}, {}, {}, {0}, {0}, "n,n", ""},
           Dot{"an outer product", {"m"}, {"n"}, {}, {}, {}, {}, "m,n", "mn"},
           Dot{"two scalars", {}, {}, {}, {}, {}, {}, ",", ""},
           Dot{"element by element", {"m", "n"}, {"n", "m"}, {0, 1}, {1, 0}, {}, {}, "mn,nm", "mn"},
           Dot{"a batch of matrices", {"k", "m", "n"}, {"k", "n", "l"}, {0}, {0}, {2}, {1}, "kmn,knl", "kml"},
           Dot{"scores of one query", {"k", "n"}, {"k", "m", "n"}, {0}, {0}, {1}, {2}, "kn,kmn", "km"},
           Dot{"the sum weighted by scores", {"k", "m"}, {"k", "m", "n"}, {0}, {0}, {1}, {1}, "km,kmn", "kn"},
           Dot{"two contracted axes, in another order",
               {"m", "k", "n"},
               {"n", "l", "k"},
               {},
               {},
               {1, 2},
               {2, 0},
               "mkn,nlk",
               "ml"},
           Dot{"batch axes in the middle and at the end",
               {"m", "k", "n", "l"},
               {"n", "l", "k"},
               {3, 1},
               {1, 2},
               {2},
               {0},
               "mknl,nlk",
               "lkm"},
           Dot{"free axes on both sides of others",
               {"m", "k", "l"},
               {"n", "k", "m", "l"},
               {1},
               {1},
               {},
               {},
               "akc,dkef",
               "kacdef"},
       }) {
    OpSample sample{.op = "dot_general",
                    .name = dot.name,
                    .inputs = {normal(dot.a), normal(dot.b)},
                    .build = [=](const Values& v) -> Values {
                      return {dot_general(v[0], v[1], dot.batch_a, dot.batch_b, dot.contract_a, dot.contract_b)};
                    },
                    .reference = einsum(dot.inputs, dot.result),
                    .tolerance = sums};
    table.add(sample);
    for (Filled& input : sample.inputs) input = whole(-9, 9, input.shape);
    sample.name += ", integers";
    sample.dtypes = integers;
    sample.tolerance = {};
    table.add(sample);
  }
  table.add({.op = "dot_general",
             .name = "a value with itself",
             .inputs = {normal({"m", "n"})},
             .build = [](const Values& v) -> Values { return {dot_general(v[0], v[0], {}, {}, {0}, {0})}; },
             .reference =
                 [](const Arrays& x) {
                   return einsum("km,kn", "mn")({x[0], x[0]});
                 },
             .tolerance = sums});
}

void add_sugar(Table& table) {
  struct Matmul {
    const char* name;
    Dims a, b;
    const char *inputs, *result;
  };
  for (const Matmul& product : {
           Matmul{"matrices", {"m", "k"}, {"k", "n"}, "mk,kn", "mn"},
           Matmul{"a vector on the left", {"k"}, {"k", "n"}, "k,kn", "n"},
           Matmul{"a vector on the right", {"m", "k"}, {"k"}, "mk,k", "m"},
           Matmul{"two vectors", {"n"}, {"n"}, "n,n", ""},
           Matmul{"a batch and a matrix", {"l", "m", "k"}, {"k", "n"}, "lmk,kn", "lmn"},
           Matmul{"a matrix and a batch", {"m", "k"}, {"l", "k", "n"}, "mk,lkn", "lmn"},
           Matmul{"a vector and a batch", {"k"}, {"l", "k", "n"}, "k,lkn", "ln"},
           Matmul{"two batches", {"l", "m", "k"}, {"l", "k", "n"}, "lmk,lkn", "lmn"},
           Matmul{"leading axes that broadcast", {"l", 1, "m", "k"}, {6, "k", "n"}, "lomk,akn", "lamn"},
           Matmul{"a leading axis of 1 on the right", {"l", "m", "k"}, {1, "k", "n"}, "lmk,okn", "lmn"},
       })
    table.add({.op = "dot_general",
               .name = std::string("matmul: ") + product.name,
               .inputs = {normal(product.a), normal(product.b)},
               .build = [](const Values& v) -> Values { return {matmul(v[0], v[1])}; },
               .reference = einsum(product.inputs, product.result),
               .tolerance = sums});
  auto with_bias = [](const Arrays& x) -> Arrays {
    Array y = einsum("lmk,nk", "lmn")(x)[0];
    for (std::size_t i = 0; i < y.values.size(); ++i) y.values[i] += x[2].values[i % x[2].values.size()];
    return {y};
  };
  table.add({.op = "dot_general",
             .name = "linear with a bias",
             .inputs = {normal({"l", "m", "k"}), normal({"n", "k"}), normal({"n"})},
             .build = [](const Values& v) -> Values { return {linear(v[0], v[1], v[2])}; },
             .reference = with_bias,
             .tolerance = sums});
  table.add({.op = "dot_general",
             .name = "linear of a vector",
             .inputs = {normal({"k"}), normal({"n", "k"})},
             .build = [](const Values& v) -> Values { return {linear(v[0], v[1])}; },
             .reference = einsum("k,nk", "n"),
             .tolerance = sums});
}

void add_errors(Table& table) {
  auto two = [&](Dims a, Dims b, auto build, std::string message) {
    table.add_error(
        {"dot_general",
         [=](Graph& g) -> Values { return {build(g.input("a", DType::float32, a), g.input("b", DType::float32, b))}; },
         std::move(message)});
  };
  two({32, 784}, {512, 10}, matmul, "matmul(a: [32, 784], b: [512, 10]): a has 784 columns but b has 512 rows");
  two({"batch"}, {512, 10}, matmul, "matmul(a: [batch], b: [512, 10]): a has batch elements but b has 512 rows");
  two({32, 784}, {"batch"}, matmul, "matmul(a: [32, 784], b: [batch]): a has 784 columns but b has batch elements");
  two({}, {512, 10}, matmul, "matmul(a: [], b: [512, 10]): a is a scalar but a vector or matrices are needed");
  two({5}, {}, matmul, "matmul(a: [5], b: []): b is a scalar but a vector or matrices are needed");
  two({5, 2, 3}, {6, 3, 4}, matmul, "matmul(a: [5, 2, 3], b: [6, 3, 4]): axis 0 of a is 5 but axis 0 of b is 6");
  two({5, 6, 2, 3}, {"batch", 3, 4}, matmul,
      "matmul(a: [5, 6, 2, 3], b: [batch, 3, 4]): axis 1 of a is 6 but axis 0 of b is batch");
  auto without_bias = [](Value x, Value weight) { return linear(x, weight); };
  two({32, 784}, {512, 10}, without_bias,
      "linear(x: [32, 784], weight: [512, 10]): x has 784 columns but weight takes 10");
  two({}, {512, 10}, without_bias, "linear(x: [], weight: [512, 10]): x is a scalar but [..., in] is needed");
  two({32, 784}, {784}, without_bias, "linear(x: [32, 784], weight: [784]): weight has 1 axes but [out, in] is needed");
  two(
      {32, 10}, {512, 10}, [](Value x, Value weight) { return linear(x, weight, x); },
      "linear(x: [32, 10], weight: [512, 10], bias: [32, 10]): bias is [32, 10] but weight gives 512 columns");
  auto dot = [](Axes batch_a, Axes batch_b, Axes contract_a, Axes contract_b) {
    return [=](Value a, Value b) { return dot_general(a, b, batch_a, batch_b, contract_a, contract_b); };
  };
  std::string call = "dot_general(a: [2, 3], b: [4, 3]): ";
  two({2, 3}, {4, 3}, dot({}, {}, {1}, {0}), call + "axis 1 of a is 3 but axis 0 of b is 4");
  two({2, 3}, {4, 3}, dot({0}, {0}, {1}, {1}), call + "axis 0 of a is 2 but axis 0 of b is 4");
  two({2, 3}, {4, 3}, dot({}, {}, {1}, {}), call + "contract_a [1] and contract_b [] are not equally long");
  two({2, 3}, {4, 3}, dot({0, 1}, {0}, {}, {}), call + "batch_a [0, 1] and batch_b [0] are not equally long");
  two({2, 3}, {4, 3}, dot({}, {}, {-3}, {0}), call + "contract_a names axis -3, but a has axes 0 to 1");
  two({2, 3}, {4, 3}, dot({}, {2}, {}, {}), call + "batch_b names axis 2, but b has axes 0 to 1");
  two({2, 3}, {4, 3}, dot({1}, {1}, {1}, {1}), call + "batch_a and contract_a name axis 1 twice");
  table.add_error({"dot_general",
                   [](Graph& g) -> Values {
                     Scope scope(g, "decoder/output");
                     return {matmul(g.input("a", DType::float32, {2}), g.input("b", DType::float64, {2}))};
                   },
                   "matmul(a: float32 [2], b: float64 [2]): a is float32 but b is float64; cast one of them\n  in "
                   "decoder/output"});
  table.add_error({"dot_general",
                   [](Graph& g) -> Values {
                     Value flags = g.input("a", DType::boolean, {2});
                     return {dot_general(flags, flags, {}, {}, {0}, {0})};
                   },
                   "dot_general(a: [2], b: [2]): a is bool but numbers are multiplied"});
}

}  // namespace

void add_product_samples(Table& table) {
  add_dots(table);
  add_sugar(table);
  add_errors(table);
}

}  // namespace gradloom::op_samples
