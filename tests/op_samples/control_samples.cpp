// Samples of loops: carries, sequences and constants, both directions, lengths, loops in loops, no steps at all.
#include <cmath>

#include "ops/ops.h"
#include "ops/scan.h"
#include "tests/op_samples/op_samples.h"

namespace gradloom::op_samples {

namespace {

// carry [n], xs [m, n], weight [n]: c' = tanh(c * w + x), output c' * x
Step cell(const Values& carries, const Values& slices, Value weight) {
  Value next = tanh(carries[0] * weight + slices[0]);
  return {{next}, {next * slices[0]}};
}

struct Direction {
  bool reverse = false;
  bool has_lengths = false;
};

// Inputs: carry, xs, weight and, with lengths, the lengths.
Build recurrent(Direction d) {
  return [=](const Values& v) -> Values {
    auto body = [&](const Values& carries, const Values& slices) { return cell(carries, slices, v[2]); };
    ScanResult result = scan({v[0]}, {v[1]}, body, {.lengths = d.has_lengths ? v[3] : Value(), .reverse = d.reverse});
    return {result.carries[0], result.outputs[0]};
  };
}

Reference recurrent_loops(Direction d) {
  return [=](const Arrays& x) -> Arrays {
    Array carry = x[0], outputs{x[1].shape, std::vector<double>(x[1].values.size())};
    auto steps = static_cast<std::size_t>(x[1].shape[0]), rows = carry.values.size();
    for (std::size_t row = 0; row < rows; ++row) {
      std::size_t length = d.has_lengths ? static_cast<std::size_t>(x[3].values[row]) : steps;
      for (std::size_t step = 0; step < length; ++step) {
        std::size_t at = (d.reverse ? length - 1 - step : step) * rows + row;
        double next = std::tanh(carry.values[row] * x[2].values[row] + x[1].values[at]);
        outputs.values[at] = next * x[1].values[at];
        carry.values[row] = next;
      }
    }
    return {carry, outputs};
  };
}

void add_recurrent(Table& table) {
  for (bool reverse : {false, true}) {
    Direction plain{reverse, false}, with_lengths{reverse, true};
    table.add({.op = "scan",
               .name = reverse ? "from the last step to the first" : "a carry, a sequence, a constant",
               .inputs = {normal({"n"}), normal({"m", "n"}), between(-1, 1, {"n"})},
               .build = recurrent(plain),
               .reference = recurrent_loops(plain)});
    table.add({.op = "scan",
               .name = reverse ? "lengths, from each row's last step" : "lengths",
               .inputs = {normal({"n"}), normal({"m", "n"}), between(-1, 1, {"n"}), indices_below(Dim("m") + 1, {"n"})},
               .build = recurrent(with_lengths),
               .reference = recurrent_loops(with_lengths),
               .sizes = {{"m", 5}},
               .not_batched = "with lengths the body's first axis is the batch, where the new axis would stand"});
  }
}

void add_other_forms(Table& table) {
  table.add({.op = "scan",
             .name = "two carries that cross, and two outputs",
             .inputs = {normal({"k"}), normal({"k"}), normal({"m", "k"})},
             .build = [](const Values& v) -> Values {
               ScanResult r = scan({v[0], v[1]}, {v[2]}, [](const Values& c, const Values& s) -> Step {
                 return {{c[1], c[0] * 0.5 + s[0]}, {c[0], sum(c[1])}};
               });
               return {r.carries[0], r.carries[1], r.outputs[0], r.outputs[1]};
             },
             .reference = [](const Arrays& x) -> Arrays {
               Array a = x[0], b = x[1], first{x[2].shape, {}}, second{{x[2].shape[0]}, {}};
               std::size_t width = a.values.size();
               for (std::int64_t t = 0; t < x[2].shape[0]; ++t) {
                 double total = 0;
                 for (double one : b.values) total += one;
                 second.values.push_back(total);
                 first.values.insert(first.values.end(), a.values.begin(), a.values.end());
                 Array next = b;
                 for (std::size_t i = 0; i < width; ++i)
                   next.values[i] = a.values[i] * 0.5 + x[2].values[static_cast<std::size_t>(t) * width + i];
                 a = b;
                 b = next;
               }
               return {a, b, first, second};
             }});
  table.add({.op = "scan",
             .name = "a number of steps, no sequence",
             .inputs = {normal({"n"})},
             .build = [](const Values& v) -> Values {
               auto body = [](const Values& c, const Values&) -> Step { return {{c[0] * 0.5 + 1.0}, {}}; };
               return scan({v[0]}, {}, body, {.length = Dim(3)}).carries;
             },
             .reference = map([](double x) { return ((x * 0.5 + 1) * 0.5 + 1) * 0.5 + 1; })});
  table.add({.op = "scan",
             .name = "a loop in a loop",
             .inputs = {normal({}), between(-0.5, 0.5, {"m", "k"})},
             .build = [](const Values& v) -> Values {
               ScanResult r = scan({v[0]}, {v[1]}, [](const Values& outer, const Values& rows) -> Step {
                 ScanResult inner = scan({outer[0]}, {rows[0]}, [&](const Values& c, const Values& x) -> Step {
                   Value next = sin(c[0]) + x[0] * outer[0];
                   return {{next}, {next}};
                 });
                 return {inner.carries, inner.outputs};
               });
               return {r.carries[0], r.outputs[0]};
             },
             .reference = [](const Arrays& x) -> Arrays {
               double carry = x[0].values[0];
               Array outputs{x[1].shape, {}};
               auto width = static_cast<std::size_t>(x[1].shape[1]);
               for (std::size_t row = 0; row < static_cast<std::size_t>(x[1].shape[0]); ++row) {
                 double outer = carry;
                 for (std::size_t i = 0; i < width; ++i) {
                   carry = std::sin(carry) + x[1].values[row * width + i] * outer;
                   outputs.values.push_back(carry);
                 }
               }
               return {{{}, {carry}}, outputs};
             },
             .tolerance = {.float32 = 2e-5, .float64 = 1e-13, .reason = "products of products magnify rounding"}});
}

void add_operands(Table& table) {
  table.add({.op = "scan",
             .name = "sequences of several ranks and types, no carry",
             .inputs = {normal({"m", "n"}), flags({"m"}), indices_below(3, {"m", "k"})},
             .build = [](const Values& v) -> Values {
               return scan({}, {v[0], v[1], v[2]},
                           [](const Values&, const Values& s) -> Step {
                             return {{}, {where(s[1], s[0] * s[0], s[0]), s[2] + 1.0}};
                           })
                   .outputs;
             },
             .reference = [](const Arrays& x) -> Arrays {
               Array a = x[0], b = x[2];
               std::size_t width = x[1].values.empty() ? 1 : a.values.size() / x[1].values.size();
               for (std::size_t i = 0; i < a.values.size(); ++i)
                 if (x[1].values[i / width] != 0) a.values[i] *= a.values[i];
               for (double& value : b.values) value += 1;
               return {a, b};
             }});
  table.add({.op = "scan",
             .name = "a carry of integers beside one of numbers, no output",
             .inputs = {normal({}), indices_below(5, {"n"}), indices_below(5, {"m", "n"}), normal({"m"})},
             .build = [](const Values& v) -> Values {
               return scan({v[0], v[1]}, {v[2], v[3]},
                           [](const Values& c, const Values& s) -> Step {
                             return {{c[0] * s[1] + s[1], maximum(c[1], s[0])}, {}};
                           })
                   .carries;
             },
             .reference = [](const Arrays& x) -> Arrays {
               Array number = x[0], largest = x[1];
               std::size_t width = largest.values.size();
               for (std::size_t t = 0; t < x[3].values.size(); ++t) {
                 number.values[0] = number.values[0] * x[3].values[t] + x[3].values[t];
                 for (std::size_t i = 0; i < width; ++i)
                   largest.values[i] = std::max(largest.values[i], x[2].values[t * width + i]);
               }
               return {number, largest};
             }});
  table.add({.op = "scan",
             .name = "a number of steps told by a size, with constants and an output that no step changes",
             .inputs = {normal({"n"}), between(-1, 1, {"n"}), normal({"m"})},
             .build = [](const Values& v) -> Values {
               ScanResult r = scan({v[0]}, {},
                                   [&](const Values& c, const Values&) -> Step {
                                     return {{c[0] * v[1]}, {c[0], v[1]}};
                                   },
                                   {.reverse = true, .length = v[2].dim(0)});
               return {r.carries[0], r.outputs[0], r.outputs[1]};
             },
             .reference = [](const Arrays& x) -> Arrays {
               std::int64_t steps = x[2].shape[0], width = x[0].shape[0];
               Array carry = x[0], all{{steps, width}, {}}, same{{steps, width}, {}};
               all.values.resize(static_cast<std::size_t>(steps * width));
               for (std::int64_t t = steps; t-- > 0;)
                 for (std::size_t i = 0; i < carry.values.size(); ++i) {
                   all.values[static_cast<std::size_t>(t * width) + i] = carry.values[i];
                   carry.values[i] *= x[1].values[i];
                 }
               for (std::int64_t t = 0; t < steps; ++t)
                 same.values.insert(same.values.end(), x[1].values.begin(), x[1].values.end());
               return {carry, all, same};
             }});
  table.add({.op = "scan",
             .name = "lengths in a loop around which another one goes, over rows of a matrix",
             .inputs = {normal({"n", "k"}), between(-1, 1, {"l", "m", "n", "k"}), indices_below(Dim("m") + 1, {"n"})},
             .build = [](const Values& v) -> Values {
               ScanResult r = scan({v[0]}, {v[1]}, [&](const Values& outer, const Values& s) -> Step {
                 ScanResult inner = scan({outer[0]}, {s[0]},
                                         [](const Values& c, const Values& x) -> Step {
                                           Value next = sin(c[0]) + x[0];
                                           return {{next}, {next * x[0]}};
                                         },
                                         {.lengths = v[2], .reverse = true});
                 return {inner.carries, {sum(inner.outputs[0], {0})}};
               });
               return {r.carries[0], r.outputs[0]};
             },
             .reference = [](const Arrays& x) -> Arrays {
               std::int64_t outer = x[1].shape[0], steps = x[1].shape[1], rows = x[1].shape[2], width = x[1].shape[3];
               Array carry = x[0], sums{{outer, rows, width}, {}};
               for (std::int64_t o = 0; o < outer; ++o)
                 for (std::int64_t i = 0; i < rows * width; ++i) {
                   auto length = static_cast<std::int64_t>(x[2].values[static_cast<std::size_t>(i / width)]);
                   double &c = carry.values[static_cast<std::size_t>(i)], total = 0;
                   for (std::int64_t t = length; t-- > 0;) {
                     double slice = x[1].values[static_cast<std::size_t>((o * steps + t) * rows * width + i)];
                     c = std::sin(c) + slice;
                     total += c * slice;
                   }
                   sums.values.push_back(total);
                 }
               return {carry, sums};
             },
             .tolerance = {.float32 = 2e-6, .float64 = 1e-14, .reason = "rounding goes from step to step"},
             .not_batched = "with lengths the body's first axis is the batch, where the new axis would stand"});
}

void add_active_rows(Table& table) {
  table.add({.op = "active_rows",
             .name = "lengths from none to all steps",
             .inputs = {indices_below(Dim("m") + 1, {"n"}), normal({"m"})},
             .build = [](const Values& v) -> Values { return {active_rows(v[0], v[1].dim(0))}; },
             .reference = [](const Arrays& x) -> Arrays {
               std::int64_t steps = x[1].shape[0], rows = x[0].shape[0];
               Array y{{steps, rows}, {}};
               for (std::int64_t t = 0; t < steps; ++t)
                 for (double length : x[0].values) y.values.push_back(static_cast<double>(t) < length);
               return {y};
             }});
  table.add_error({"active_rows",
                   [](Graph& g) -> Values {
                     return {active_rows(g.constant(Tensor::from<std::int32_t>({2}, {1, 4})), 3)};
                   },
                   "active_rows: the length of row 1 is 4, outside of [0, 3]\n  in active_rows"});
  table.add_error(
      {"active_rows",
       [](Graph& g) -> Values {
         return {active_rows(g.input("lengths", DType::int32, {"batch", 2}), 3)};
       },
       "active_rows(lengths: [batch, 2]): lengths is int32 [batch, 2] but one length a row is needed: [batch]"});
  table.add_error({"active_rows",
                   [](Graph& g) -> Values { return {active_rows(g.input("lengths", DType::float32, {"batch"}), 3)}; },
                   "active_rows(lengths: [batch]): lengths is float32 but int32 or int64 is needed"});
}

void add_errors(Table& table) {
  auto run = [](Graph& g, DType dtype, std::vector<std::int64_t> lengths) -> Values {
    auto rows = static_cast<std::int64_t>(lengths.size());
    Value carry = g.constant(Tensor(dtype, {rows})), xs = g.constant(Tensor(dtype, {2, rows}));
    auto body = [](const Values& c, const Values& s) -> Step { return {{c[0] + s[0]}, {}}; };
    return scan({carry}, {xs}, body, {.lengths = g.constant(Tensor::from<std::int64_t>({rows}, lengths))}).carries;
  };
  table.add_error({"scan",
                   [=](Graph& g) {
                     return run(g, DType::float32, {2, 3});
                   },
                   "scan: the length of row 1 is 3, outside of [0, 2]\n  in scan"});
  table.add_error({"scan", [=](Graph& g) { return run(g, DType::float32, {-1}); },
                   "scan: the length of row 0 is -1, outside of [0, 2]\n  in scan"});
  auto declared = [](Step (*body)(const Values&, const Values&), Dims carry, Dims sequence, ScanOptions options = {}) {
    return [=](Graph& g) -> Values {
      Scope scope(g, "decoder");
      Value xs = g.input("xs", DType::float32, sequence);
      return scan({g.input("h", DType::float32, carry)}, {xs}, body, options).carries;
    };
  };
  auto unchanged = [](const Values& c, const Values&) -> Step { return {c, {}}; };
  table.add_error({"scan",
                   declared(
                       [](const Values&, const Values& s) -> Step {
                         return {{s[0]}, {}};
                       },
                       {4}, {"time", 3}),
                   "scan(operands[0]: [4], operands[1]: [time, 3]): carry 0 goes in as float32 [4] but comes out as "
                   "float32 [3]\n  in decoder"});
  table.add_error({"scan", declared([](const Values&, const Values&) -> Step { return {}; }, {4}, {"time", 3}),
                   "scan in decoder: 1 carries go in but the body returns 0"});
  table.add_error(
      {"scan", declared(unchanged, {4}, {}), "scan in decoder: sequence 0 is a scalar; axis 0 must be time"});
  table.add_error({"scan", [](Graph&) -> Values { return scan({}, {}, {}).carries; },
                   "scan: neither a carry nor a sequence was given"});
  table.add_error({"scan",
                   [=](Graph& g) -> Values { return scan({g.input("h", DType::float32, {})}, {}, unchanged).carries; },
                   "scan in sample: without sequences the number of steps is needed: ScanOptions.length"});
  table.add_error(
      {"scan",
       [=](Graph& g) -> Values {
         Value lengths = g.input("lengths", DType::int32, {"batch"});
         return declared(unchanged, {4}, {"time", 3}, {.lengths = lengths})(g);
       },
       "scan(operands[0]: float32 [4], operands[1]: float32 [time, 3], operands[2]: int32 [batch]): carry 0 is "
       "float32 [4] but with lengths its first axis must be the batch, batch\n  in decoder"});
  table.add_error({"scan",
                   [=](Graph& g) -> Values {
                     Value kept;
                     scan({g.input("h", DType::float32, {4})}, {},
                          [&](const Values& c, const Values&) -> Step {
                            kept = c[0] * 2.0;
                            return {c, {}};
                          },
                          {.length = Dim(2)});
                     return {kept + 1.0};
                   },
                   "add: a value of the finished body sample/scan is used; what a loop computes leaves it as a carry "
                   "or an output"});
}

}  // namespace

void add_control_samples(Table& table) {
  add_recurrent(table);
  add_other_forms(table);
  add_operands(table);
  add_active_rows(table);
  add_errors(table);
}

}  // namespace gradloom::op_samples
