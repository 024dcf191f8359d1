// Products against plain loops, their rules against finite differences and loops, their messages to the letter.
#include <doctest/doctest.h>

#include "base/error.h"
#include "tests/ops/probe.h"

using namespace gradloom;

namespace {

// y[i, j] = sum over k of a[i, k] b[k, j].
std::vector<double> product_of(const Tensor& a, const Tensor& b, std::int64_t m, std::int64_t k, std::int64_t n) {
  std::vector<double> y(static_cast<std::size_t>(m * n));
  for (std::int64_t i = 0; i < m; ++i)
    for (std::int64_t j = 0; j < n; ++j)
      for (std::int64_t l = 0; l < k; ++l)
        y[static_cast<std::size_t>(i * n + j)] += a.values<double>()[static_cast<std::size_t>(i * k + l)] *
                                                  b.values<double>()[static_cast<std::size_t>(l * n + j)];
  return y;
}

bool near(const Tensor& tensor, const std::vector<double>& expected) {
  if (static_cast<std::size_t>(tensor.size()) != expected.size()) return false;
  for (std::size_t i = 0; i < expected.size(); ++i)
    if (!(std::abs(tensor.values<double>()[i] - expected[i]) < 1e-12)) return false;
  return true;
}

Tensor permuted(const Tensor& x, Axes permutation) {
  Probe probe;
  return probe.run(transpose(probe.input(x), std::move(permutation)));
}

Tensor varied(std::size_t input, const Tensor& tensor, int slice) {
  return mixed(tensor.shape(), 100 * static_cast<int>(input) + slice);
}

const Node& only_product(Probe& probe) {
  const Node* found = nullptr;
  for (const Node& node : probe.graph().nodes())
    if (node.op && node.op->name == "dot_general") {
      CHECK(found == nullptr);
      found = &node;
    }
  return *found;
}

}  // namespace

TEST_CASE("ops/product: matrices in every layout") {
  Tensor a = mixed({3, 4}, 1), b = mixed({4, 5}, 2);
  std::vector<double> expected = product_of(a, b, 3, 4, 5);
  Tensor a_t = permuted(a, {1, 0}), b_t = permuted(b, {1, 0});
  Probe probe;
  CHECK(near(probe.run(dot_general(probe.input(a), probe.input(b), {}, {}, {1}, {0})), expected));
  CHECK(near(probe.run(dot_general(probe.input(a_t), probe.input(b), {}, {}, {0}, {0})), expected));
  CHECK(near(probe.run(dot_general(probe.input(a), probe.input(b_t), {}, {}, {-1}, {-1})), expected));
  CHECK(near(probe.run(dot_general(probe.input(a_t), probe.input(b_t), {}, {}, {0}, {1})), expected));
}

TEST_CASE("ops/product: several batch, free and contracted axes in any order") {
  // a [p, i, q, k, l, j], b [l, q, n, p, k]: batch q, p; contracted l, k.
  Tensor a = mixed({2, 3, 2, 4, 2, 3}, 1), b = mixed({2, 2, 5, 2, 4}, 2);
  Tensor a_plain = permuted(a, {2, 0, 1, 5, 4, 3}), b_plain = permuted(b, {1, 3, 0, 4, 2});
  std::vector<double> expected;
  for (std::int64_t batch = 0; batch < 4; ++batch) {
    auto part = [&](const Tensor& x, std::int64_t rows, std::int64_t columns) {
      return Tensor::from<double>({rows, columns},
                                  x.values<double>().subspan(static_cast<std::size_t>(batch * rows * columns),
                                                             static_cast<std::size_t>(rows * columns)));
    };
    for (double y : product_of(part(a_plain, 9, 8), part(b_plain, 8, 5), 9, 8, 5)) expected.push_back(y);
  }
  Probe probe;
  Value y = dot_general(probe.input(a), probe.input(b), {2, 0}, {1, 3}, {3, 4}, {4, 0});
  CHECK(y.type().text() == "float64 [2, 2, 3, 3, 5]");
  CHECK(near(probe.run(y), expected));
}

TEST_CASE("ops/product: other dtypes, scalars and nothing to sum") {
  Probe probe;
  Value a = probe.input(counted<std::int32_t>({2, 3})), b = probe.input(counted<std::int32_t>({3, 2}));
  CHECK(probe.run(matmul(a, b)).to_vector<std::int32_t>() == std::vector<std::int32_t>{10, 13, 28, 40});
  Value f = probe.input(counted<float>({2, 3}));
  CHECK(probe.run(dot_general(f, f, {}, {}, {0, 1}, {0, 1})).to_vector<float>() == std::vector<float>{55});
  CHECK(probe.run(dot_general(f, f, {0, 1}, {0, 1}, {}, {})).to_vector<float>() ==
        std::vector<float>{0, 1, 4, 9, 16, 25});
  Value none = probe.input(Tensor(DType::float32, {2, 0})), rows = probe.input(Tensor(DType::float32, {0, 2}));
  CHECK(probe.run(matmul(none, rows)).to_vector<float>() == std::vector<float>{0, 0, 0, 0});
  CHECK(probe.run(matmul(rows, none)).size() == 0);
}

TEST_CASE("ops/product: gradients, batching and accumulation") {
  struct Sample {
    Shape a, b;
    Axes batch_a, batch_b, contract_a, contract_b;
  };
  for (const Sample& sample :
       {Sample{{3, 4}, {4, 2}, {}, {}, {1}, {0}}, Sample{{3, 4}, {2, 4}, {}, {}, {1}, {1}},
        Sample{{4, 3}, {4, 2}, {}, {}, {0}, {0}}, Sample{{3}, {2}, {}, {}, {}, {}}, Sample{{3}, {3}, {}, {}, {0}, {0}},
        Sample{{2, 3}, {2, 4, 3}, {0}, {0}, {1}, {2}}, Sample{{2, 4}, {2, 4, 3}, {0}, {0}, {1}, {1}},
        Sample{{2, 3, 4, 2}, {4, 2, 3, 5}, {1, 0}, {2, 1}, {2}, {0}}}) {
    auto build = [&](const Values& x) {
      return dot_general(x[0], x[1], sample.batch_a, sample.batch_b, sample.contract_a, sample.contract_b);
    };
    CAPTURE(shape_text(sample.a));
    CAPTURE(shape_text(sample.b));
    std::vector<Tensor> inputs{mixed(sample.a, 1), mixed(sample.b, 2)};
    CHECK(gradient_faults(build, inputs) == "");
    Probe probe;
    Value y = build({probe.input(inputs[0]), probe.input(inputs[1])});
    if (y.node().op->name == "dot_general") CHECK(batching_faults(build, inputs, varied) == "");
  }
}

TEST_CASE("ops/product: matmul broadcasts leading axes without repeating an operand") {
  struct Sample {
    Shape a, b, y;
    std::size_t batch_axes;
  };
  for (const Sample& sample :
       {Sample{{2, 3}, {3, 4}, {2, 4}, 0}, Sample{{3}, {3, 4}, {4}, 0}, Sample{{2, 3}, {3}, {2}, 0},
        Sample{{3}, {3}, {}, 0}, Sample{{5, 2, 3}, {3, 4}, {5, 2, 4}, 0}, Sample{{5, 6, 2, 3}, {3}, {5, 6, 2}, 0},
        Sample{{3}, {5, 3, 4}, {5, 4}, 0}, Sample{{2, 3}, {5, 3, 4}, {5, 2, 4}, 0},
        Sample{{5, 2, 3}, {5, 3, 4}, {5, 2, 4}, 1}, Sample{{5, 1, 2, 3}, {6, 3, 4}, {5, 6, 2, 4}, 0},
        Sample{{5, 1, 2, 3}, {5, 6, 3, 4}, {5, 6, 2, 4}, 1}, Sample{{1, 2, 3}, {1, 3, 4}, {1, 2, 4}, 1}}) {
    Probe probe;
    CAPTURE(shape_text(sample.a));
    CAPTURE(shape_text(sample.b));
    Tensor a = mixed(sample.a, 1), b = mixed(sample.b, 2);
    Value y = matmul(probe.input(a), probe.input(b));
    CHECK(only_product(probe).attributes.get<Axes>("batch_a").size() == sample.batch_axes);
    Tensor result = probe.run(y);
    CHECK(result.shape() == sample.y);
    // Both repeated to [5, 6, n, k] and [5, 6, k, m], matrix by matrix.
    Shape a_shape = sample.a, b_shape = sample.b;
    if (a_shape.size() == 1) a_shape.insert(a_shape.begin(), 1);
    if (b_shape.size() == 1) b_shape.push_back(1);
    std::size_t axes = std::max(a_shape.size(), b_shape.size());
    while (a_shape.size() < axes) a_shape.insert(a_shape.begin(), 1);
    while (b_shape.size() < axes) b_shape.insert(b_shape.begin(), 1);
    std::int64_t n = a_shape[axes - 2], k = a_shape[axes - 1], m = b_shape[axes - 1], count = 1;
    for (std::size_t i = 0; i + 2 < axes; ++i) count *= std::max(a_shape[i], b_shape[i]);
    std::vector<double> expected;
    for (std::int64_t at = 0; at < count; ++at) {
      std::int64_t rest = at, a_at = 0, b_at = 0, a_step = 1, b_step = 1;
      for (std::size_t i = axes - 2; i-- > 0;) {
        std::int64_t size = std::max(a_shape[i], b_shape[i]), index = rest % size;
        rest /= size;
        a_at += a_shape[i] == 1 ? 0 : index * a_step;
        b_at += b_shape[i] == 1 ? 0 : index * b_step;
        a_step *= a_shape[i];
        b_step *= b_shape[i];
      }
      auto part = [](const Tensor& x, std::int64_t which, std::int64_t rows, std::int64_t columns) {
        return Tensor::from<double>({rows, columns},
                                    x.values<double>().subspan(static_cast<std::size_t>(which * rows * columns),
                                                               static_cast<std::size_t>(rows * columns)));
      };
      for (double value : product_of(part(a, a_at, n, k), part(b, b_at, k, m), n, k, m)) expected.push_back(value);
    }
    CHECK(near(result, expected));
  }
}

TEST_CASE("ops/product: attention over all steps is one product with a batch axis") {
  Probe probe;
  Value keys = probe.input(mixed({2, 5, 4}, 1)), query = probe.input(mixed({2, 4}, 2));
  Value scores = dot_general(query, keys, {0}, {0}, {1}, {2});
  CHECK(scores.type().text() == "float64 [2, 5]");
  CHECK(batching_faults([](const Values& x) { return dot_general(x[0], x[1], {0}, {0}, {1}, {2}); },
                        {mixed({2, 4}, 2), mixed({2, 5, 4}, 1)}, varied) == "");
}

TEST_CASE("ops/product: linear") {
  Probe probe;
  Tensor x = mixed({2, 3, 4}, 1), weight = mixed({5, 4}, 2), bias = mixed({5}, 3);
  std::vector<double> expected = product_of(x, permuted(weight, {1, 0}), 6, 4, 5);
  CHECK(near(probe.run(linear(probe.input(x), probe.input(weight))), expected));
  for (std::size_t i = 0; i < expected.size(); ++i) expected[i] += bias.values<double>()[i % 5];
  Value y = linear(probe.input(x), probe.input(weight), probe.input(bias));
  CHECK(y.type().text() == "float64 [2, 3, 5]");
  CHECK(near(probe.run(y), expected));
}

TEST_CASE("ops/product: messages") {
  Module module;
  Graph& graph = module.add_function("f");
  Value a = graph.input("a", DType::float32, {32, 784}), b = graph.input("b", DType::float32, {512, 10});
  Value c = graph.input("c", DType::float64, {512, 10}), s = graph.input("s", DType::float32, {});
  Value t = graph.input("t", DType::float32, {5, 2, 3}), u = graph.input("u", DType::float32, {6, 3, 4});
  Value v = graph.input("v", DType::float32, {"batch"}), m = graph.input("m", DType::boolean, {2});
  {
    Scope scope(graph, "decoder/output");
    CHECK_THROWS_WITH_AS(
        matmul(a, b), "matmul(a: [32, 784], b: [512, 10]): a has 784 columns but b has 512 rows\n  in decoder/output",
        UserError);
  }
  CHECK_THROWS_WITH_AS(matmul(v, b), "matmul(a: [batch], b: [512, 10]): a has batch elements but b has 512 rows",
                       UserError);
  CHECK_THROWS_WITH_AS(matmul(a, v), "matmul(a: [32, 784], b: [batch]): a has 784 columns but b has batch elements",
                       UserError);
  CHECK_THROWS_WITH_AS(matmul(s, b), "matmul(a: [], b: [512, 10]): a is a scalar but a vector or matrices are needed",
                       UserError);
  CHECK_THROWS_WITH_AS(matmul(t, u), "matmul(a: [5, 2, 3], b: [6, 3, 4]): axis 0 of a is 5 but axis 0 of b is 6",
                       UserError);
  CHECK_THROWS_WITH_AS(matmul(a, c),
                       "matmul(a: float32 [32, 784], b: float64 [512, 10]): a is float32 but b is float64; cast one of "
                       "them",
                       UserError);
  CHECK_THROWS_WITH_AS(linear(a, b), "linear(x: [32, 784], weight: [512, 10]): x has 784 columns but weight takes 10",
                       UserError);
  CHECK_THROWS_WITH_AS(linear(s, b), "linear(x: [], weight: [512, 10]): x is a scalar but [..., in] is needed",
                       UserError);
  CHECK_THROWS_WITH_AS(linear(a, v), "linear(x: [32, 784], weight: [batch]): weight has 1 axes but [out, in] is needed",
                       UserError);
  CHECK_THROWS_WITH_AS(linear(b, b, v),
                       "linear(x: [512, 10], weight: [512, 10], bias: [batch]): bias is [batch] but weight gives 512 "
                       "columns",
                       UserError);
  CHECK_THROWS_WITH_AS(dot_general(a, b, {}, {}, {1}, {0}),
                       "dot_general(a: [32, 784], b: [512, 10]): axis 1 of a is 784 but axis 0 of b is 512", UserError);
  CHECK_THROWS_WITH_AS(dot_general(a, b, {}, {}, {1}, {}),
                       "dot_general(a: [32, 784], b: [512, 10]): contract_a [1] and contract_b [] are not equally long",
                       UserError);
  CHECK_THROWS_WITH_AS(dot_general(a, b, {}, {}, {-3}, {0}),
                       "dot_general(a: [32, 784], b: [512, 10]): contract_a names axis -3, but a has axes 0 to 1",
                       UserError);
  CHECK_THROWS_WITH_AS(dot_general(a, a, {1}, {1}, {1}, {1}),
                       "dot_general(a: [32, 784], b: [32, 784]): batch_a and contract_a name axis 1 twice", UserError);
  CHECK_THROWS_WITH_AS(dot_general(m, m, {}, {}, {0}, {0}),
                       "dot_general(a: [2], b: [2]): a is bool but numbers are multiplied", UserError);
}
