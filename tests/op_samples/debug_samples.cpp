// Samples of print and assert_true: both hand their operand on, of any type and shape.
#include "ops/ops.h"
#include "tests/op_samples/op_samples.h"

namespace gradloom::op_samples {

namespace {

Reference handed_on() {
  return [](const Arrays& x) -> Arrays { return {x[0]}; };
}

void add_print(Table& table) {
  for (const Dims& shape : std::vector<Dims>{{},
                                             {"n"},
                                             {"m", 1, "n"},
                                             {"n", "n"},
                                             {1, "n"},
                                             {"n", 0},
                                             {"m", "k", 2, "n"},
                                             {"m", "k", 1, 2, "n"},
                                             {1},
                                             {3, 2},
                                             {0},
                                             {1, 1}})
    table.add({.op = "print",
               .name = "of shape " + dims_text(shape),
               .inputs = {normal(shape)},
               .build = [](const Values& v) -> Values { return {print(v[0], "")}; },
               .reference = handed_on()});
  table.add({.op = "print",
             .name = "flags, and a result that nothing reads",
             .inputs = {flags({"n"}), normal({"m"})},
             .build = [](const Values& v) -> Values {
               print(v[1], "");
               return {print(v[0], "")};
             },
             .reference = handed_on()});
  table.accepts_every_input("print");
}

void add_assert(Table& table) {
  for (const Dims& shape : std::vector<Dims>{{},
                                             {"n"},
                                             {"k", "m", "n"},
                                             {"n", 1},
                                             {"n", "n"},
                                             {1, "n"},
                                             {"n", 0},
                                             {"m", "k", 2, "n"},
                                             {"m", "k", 1, 2, "n"},
                                             {1},
                                             {3, 2},
                                             {0},
                                             {1, 1}})
    table.add({.op = "assert_true",
               .name = "of shape " + dims_text(shape),
               .inputs = {normal(shape)},
               .build = [](const Values& v) -> Values {
                 return {assert_true(v[0], all(less(v[0], scalar_like(v[0], 1e6))), "too large")};
               },
               .reference = handed_on()});
  table.add({.op = "assert_true",
             .name = "a condition of its own",
             .inputs = {normal({"n"}), exact_flags({true}, {})},
             .build = [](const Values& v) -> Values { return {assert_true(v[0], v[1], "must hold")}; },
             .reference = handed_on()});
  table.add_error({"assert_true",
                   [](Graph& g) -> Values {
                     Scope scope(g, "decoder");
                     Value x = g.constant(DType::float32, 2);
                     return {assert_true(x, less(x, scalar_like(x, 1)), "the loss must stay below 1")};
                   },
                   "assert_true: the loss must stay below 1\n  in decoder/assert_true"});
  table.add_error(
      {"assert_true",
       [](Graph& g) -> Values {
         auto body = [](const Values& c, const Values& s) -> Step {
           return {{assert_true(c[0] + s[0], less(s[0], scalar_like(s[0], 2)), "a slice is too large")}, {}};
         };
         Value xs = g.constant(Tensor::from<float>({4}, {0, 1, 2, 3}));
         return scan({g.constant(DType::float32, 0)}, {xs}, body).carries;
       },
       "assert_true: a slice is too large\n  in assert_true\n  at step 2 of scan"});
  table.add_error({"assert_true",
                   [](Graph& g) -> Values {
                     Value x = g.input("x", DType::float32, {"n"});
                     return {assert_true(x, less(x, x), "")};
                   },
                   "assert_true(x: float32 [n], condition: bool [n]): the condition is bool [n] but a bool scalar is "
                   "needed"});
}

}  // namespace

void add_debug_samples(Table& table) {
  add_print(table);
  add_assert(table);
}

}  // namespace gradloom::op_samples
