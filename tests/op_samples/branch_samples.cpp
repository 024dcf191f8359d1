// Samples of branches: operands that only one of them uses, branches in branches, loops in branches and branches in
// loops.
#include <cmath>

#include "ops/ops.h"
#include "tests/op_samples/op_samples.h"

namespace gradloom::op_samples {

namespace {

// c ? f(x, y) : g(x, y), element by element.
Reference choose(std::function<double(double, double)> f, std::function<double(double, double)> g) {
  return [=](const Arrays& x) -> Arrays {
    return x[0].values[0] != 0 ? broadcast_map(f)({x[1], x[2]}) : broadcast_map(g)({x[1], x[2]});
  };
}

void add_forms(Table& table) {
  for (const Dims& shape : std::vector<Dims>{{},
                                             {"n"},
                                             {"m", "n"},
                                             {"k", "m", "n"},
                                             {"k", 1, "n", "m"},
                                             {"n", 0},
                                             {1, "n"},
                                             {"m", "k", 1, 2, "n"},
                                             {3, 2}})
    table.add({.op = "cond",
               .name = "two operands of shape " + dims_text(shape),
               .inputs = {flags({}), normal(shape), normal(shape)},
               .build = [](const Values& v) -> Values {
                 return cond(
                     v[0], [&] { return Values{sin(v[1]) * v[2]}; }, [&] { return Values{v[1] - v[2] * v[2]}; });
               },
               .reference = choose([](double a, double b) { return std::sin(a) * b; },
                                   [](double a, double b) { return a - b * b; })});
  for (bool taken : {true, false})
    table.add(
        {.op = "cond",
         .name = concat_text("the condition is always ", taken),
         .inputs = {exact_flags({taken}, {}), normal({"n"}), normal({"n"})},
         .build = [](const Values& v) -> Values {
           return cond(
               v[0], [&] { return Values{v[1] * 2.0}; }, [&] { return Values{tanh(v[2])}; });
         },
         .reference = choose([](double a, double) { return a * 2; }, [](double, double b) { return std::tanh(b); })});
  table.add({.op = "cond",
             .name = "results of several types, one of them an operand, one the same in both branches",
             .inputs = {flags({}), normal({"n"}), indices_below(3, {"m"})},
             .build = [](const Values& v) -> Values {
               return cond(
                   v[0],
                   [&] {
                     return Values{v[1], v[2] + 1.0, sum(v[1]), v[1]};
                   },
                   [&] {
                     return Values{exp(v[1]), v[2] * 2.0, mean(v[1] * v[1]) * 0.0 + 3.0, v[1]};
                   });
             },
             .reference = [](const Arrays& x) -> Arrays {
               bool taken = x[0].values[0] != 0;
               Array a = x[1], b = x[2], total{{}, {taken ? 0.0 : 3.0 + (x[1].values.empty() ? std::nan("") : 0.0)}};
               for (double& value : a.values) {
                 if (taken) total.values[0] += value;
                 value = taken ? value : std::exp(value);
               }
               for (double& value : b.values) value = taken ? value + 1 : value * 2;
               return {a, b, total, x[1]};
             },
             .smallest = {{"n", 1}}});
  table.add({.op = "cond",
             .name = "a branch in a branch",
             .inputs = {flags({}), flags({}), normal({"n"})},
             .build = [](const Values& v) -> Values {
               return cond(
                   v[0],
                   [&] {
                     return cond(
                         v[1], [&] { return Values{v[2] * v[2]}; }, [&] { return Values{v[2] * 3.0}; }, "inner");
                   },
                   [&] { return Values{cos(v[2])}; }, "outer");
             },
             .reference = [](const Arrays& x) -> Arrays {
               bool outer = x[0].values[0] != 0, inner = x[1].values[0] != 0;
               return map([=](double y) { return !outer ? std::cos(y) : inner ? y * y : y * 3; })({x[2]});
             }});
}

void add_with_loops(Table& table) {
  table.add({.op = "cond",
             .name = "in a loop, by a slice",
             .inputs = {normal({"n"}), flags({"m"}), between(-1, 1, {"m", "n"})},
             .build = [](const Values& v) -> Values {
               ScanResult r = scan({v[0]}, {v[1], v[2]}, [](const Values& c, const Values& s) -> Step {
                 Value next = cond(
                     s[0], [&] { return Values{c[0] * 0.5 + s[1]}; }, [&] { return Values{sin(c[0])}; })[0];
                 return {{next}, {next * s[1]}};
               });
               return {r.carries[0], r.outputs[0]};
             },
             .reference = [](const Arrays& x) -> Arrays {
               Array carry = x[0], outputs{x[2].shape, {}};
               std::size_t width = carry.values.size();
               for (std::size_t t = 0; t < x[1].values.size(); ++t)
                 for (std::size_t i = 0; i < width; ++i) {
                   double &c = carry.values[i], s = x[2].values[t * width + i];
                   c = x[1].values[t] != 0 ? c * 0.5 + s : std::sin(c);
                   outputs.values.push_back(c * s);
                 }
               return {carry, outputs};
             },
             .tolerance = {.float32 = 2e-6, .float64 = 1e-14, .reason = "rounding goes from step to step"}});
  table.add({.op = "cond",
             .name = "around a loop, which uses an operand of each step",
             .inputs = {flags({}), normal({"n"}), between(-1, 1, {"m", "n"})},
             .build = [](const Values& v) -> Values {
               return cond(
                   v[0],
                   [&] {
                     return scan({v[1]}, {v[2]},
                                 [&](const Values& c, const Values& s) -> Step {
                                   return {{c[0] * s[0] + v[1]}, {}};
                                 })
                         .carries;
                   },
                   [&] { return Values{v[1]}; });
             },
             .reference = [](const Arrays& x) -> Arrays {
               if (x[0].values[0] == 0) return {x[1]};
               Array carry = x[1];
               std::size_t width = carry.values.size();
               for (std::size_t i = 0; i < x[2].values.size(); ++i)
                 carry.values[i % width] = carry.values[i % width] * x[2].values[i] + x[1].values[i % width];
               return {carry};
             },
             .tolerance = {.float32 = 2e-6, .float64 = 1e-14, .reason = "rounding goes from step to step"}});
  table.add({.op = "cond",
             .name = "a branch that could fail when the other is taken",
             .inputs = {exact_flags({false}, {}), normal({"n"}), indices({-9, 9}, {"k"})},
             .build = [](const Values& v) -> Values {
               return cond(
                   v[0], [&] { return Values{sum(gather(v[1], v[2]))}; }, [&] { return Values{sum(v[1])}; });
             },
             .reference = [](const Arrays& x) -> Arrays {
               double total = 0;
               for (double value : x[1].values) total += value;
               return {{{}, {total}}};
             },
             .smallest = {{"k", 1}},
             .not_batched = "of a branch that may fail only what is taken may run"});
}

void add_errors(Table& table) {
  table.add_error({"cond",
                   [](Graph& g) -> Values {
                     Value x = g.input("x", DType::float32, {"n"});
                     Scope scope(g, "decoder");
                     return cond(
                         less(x, x), [&] { return Values{x}; }, [&] { return Values{x}; });
                   },
                   "cond(condition: bool [n], operands[0]: float32 [n]): the condition is bool [n] but a bool scalar "
                   "is needed\n  in decoder"});
  auto declared = [](std::function<Values(Value)> one, std::function<Values(Value)> other) {
    return [=](Graph& g) -> Values {
      Value x = g.input("x", DType::float32, {"n"}), condition = g.input("condition", DType::boolean, {});
      return cond(
          condition, [&] { return one(x); }, [&] { return other(x); });
    };
  };
  table.add_error({"cond", declared([](Value x) { return Values{x}; }, [](Value x) { return Values{sum(x)}; }),
                   "cond(condition: bool [], operands[0]: float32 [n]): result 0 is float32 [n] from then but float32 "
                   "[] from else"});
  table.add_error({"cond",
                   declared(
                       [](Value x) {
                         return Values{x, x};
                       },
                       [](Value x) { return Values{x}; }),
                   "cond(condition: bool [], operands[0]: float32 [n]): then returns 2 results but else returns 1"});
  table.add_error({"cond",
                   [](Graph& g) -> Values {
                     Value kept, x = g.input("x", DType::float32, {4});
                     cond(
                         g.input("condition", DType::boolean, {}),
                         [&] {
                           kept = x * 2.0;
                           return Values{kept};
                         },
                         [&] { return Values{x}; });
                     return {kept + 1.0};
                   },
                   "add: a value of the finished body sample/cond/then is used; what a loop computes leaves it as a "
                   "carry or an output"});
}

}  // namespace

void add_branch_samples(Table& table) {
  add_forms(table);
  add_with_loops(table);
  add_errors(table);
}

}  // namespace gradloom::op_samples
