// Samples of layout: reshaping, every kind of transposition, repeating, padding, sizes.
#include "ops/ops.h"
#include "tests/op_samples/indexed.h"

namespace gradloom::op_samples {

namespace {

const std::vector<DType> numbers{DType::float32, DType::int32, DType::int64, DType::float64};

void add(Table& table, std::string op, std::string name, Filled input, std::function<Value(Value)> build,
         std::function<Array(const Array&)> reference, Binding smallest = {}) {
  table.add({.op = std::move(op),
             .name = std::move(name),
             .inputs = {std::move(input)},
             .build = [build](const Values& v) -> Values { return {build(v[0])}; },
             .reference = [reference](const Arrays& x) -> Arrays { return {reference(x[0])}; },
             .dtypes = numbers,
             .smallest = std::move(smallest)});
}

void add_reshapes(Table& table) {
  auto to = [](auto shape_of) { return [=](const Array& x) -> Array { return {shape_of(x.shape), x.values}; }; };
  add(
      table, "reshape", "the axes' sizes exchanged", whole(-9, 9, {"m", "n"}),
      [](Value x) {
        return reshape(x, {x.dim(1), x.dim(0)});
      },
      to([](const Shape& s) {
        return Shape{s[1], s[0]};
      }));
  add(table, "reshape", "one size left open", whole(-9, 9, {"m", "n", 6}),
      [](Value x) {
        return reshape(x, {x.dim(0), 2, -1, 3});
      },
      to([](const Shape& s) {
        return Shape{s[0], 2, s[1], 3};
      }),
      {{"m", 1}});
  add(
      table, "reshape", "to a vector", whole(-9, 9, {"m", "n"}), [](Value x) { return reshape(x, {-1}); },
      to([](const Shape& s) { return Shape{s[0] * s[1]}; }));
  add(
      table, "reshape", "a scalar to a matrix", whole(-9, 9, {}),
      [](Value x) {
        return reshape(x, {1, 1});
      },
      to([](const Shape&) {
        return Shape{1, 1};
      }));
  add(
      table, "reshape", "expand_dims", whole(-9, 9, {"m", "n"}),
      [](Value x) {
        return expand_dims(x, {-1, 0, 2});
      },
      to([](const Shape& s) {
        return Shape{1, s[0], 1, s[1], 1};
      }));
  add(
      table, "reshape", "squeeze", whole(-9, 9, {1, "m", 1, "n"}),
      [](Value x) {
        return squeeze(x, {-2, 0});
      },
      to([](const Shape& s) {
        return Shape{s[1], s[3]};
      }));
}

void add_transposes(Table& table) {
  auto permuted = [](Axes permutation) {
    return [=](const Array& x) {
      Shape shape;
      for (std::int64_t axis : permutation) shape.push_back(x.shape[static_cast<std::size_t>(axis)]);
      return array_of(shape, [&](const Shape& index) {
        Shape own(index.size());
        for (std::size_t i = 0; i < index.size(); ++i) own[static_cast<std::size_t>(permutation[i])] = index[i];
        return at(x, own);
      });
    };
  };
  add(
      table, "transpose", "the axes reversed", whole(-9, 9, {"m", "n"}), [](Value x) { return transpose(x); },
      permuted({1, 0}));
  add(
      table, "transpose", "a scalar", whole(-9, 9, {}), [](Value x) { return transpose(x); }, permuted({}));
  for (const Axes& permutation :
       {Axes{0, 1, 2}, Axes{0, 2, 1}, Axes{1, 0, 2}, Axes{1, 2, 0}, Axes{2, 0, 1}, Axes{2, 1, 0}})
    add(
        table, "transpose", "to axes " + shape_text(permutation), whole(-9, 9, {"k", "m", "n"}),
        [=](Value x) { return transpose(x, permutation); }, permuted(permutation));
  add(
      table, "transpose", "heads to the front", whole(-9, 9, {"k", "m", 2, "n"}),
      [](Value x) {
        return transpose(x, {0, -2, 1, -1});
      },
      permuted({0, 2, 1, 3}));
  table.add({.op = "transpose",
             .name = "bools",
             .inputs = {flags({"m", "n"})},
             .build = [](const Values& v) -> Values { return {transpose(v[0])}; },
             .reference = [=](const Arrays& x) -> Arrays {
               return {permuted({1, 0})(x[0])};
             }});
}

void add_repeats(Table& table) {
  auto repeated = [](auto shape_of) { return [=](const Array& x) { return broadcast(x, shape_of(x.shape)); }; };
  add(
      table, "broadcast_to", "an axis of 1", whole(-9, 9, {"m", 1, "n"}),
      [](Value x) {
        return broadcast_to(x, {x.dim(0), 4, x.dim(2)});
      },
      repeated([](const Shape& s) {
        return Shape{s[0], 4, s[2]};
      }));
  add(
      table, "broadcast_to", "new axes in front", whole(-9, 9, {"m", "n"}),
      [](Value x) {
        return broadcast_to(x, {2, x.dim(1), x.dim(0), x.dim(1)});
      },
      repeated([](const Shape& s) {
        return Shape{2, s[1], s[0], s[1]};
      }));
  add(
      table, "broadcast_to", "the last axis", whole(-9, 9, {"m", 1}),
      [](Value x) {
        return broadcast_to(x, {x.dim(0), x.dim(0)});
      },
      repeated([](const Shape& s) {
        return Shape{s[0], s[0]};
      }));
  add(
      table, "broadcast_to", "a scalar", whole(-9, 9, {}),
      [](Value x) {
        return broadcast_to(x, {3, 2});
      },
      repeated([](const Shape&) {
        return Shape{3, 2};
      }));
  add(
      table, "broadcast_to", "its own shape", whole(-9, 9, {"m", "n"}),
      [](Value x) { return broadcast_to(x, x.shape()); }, repeated([](const Shape& s) { return s; }));
}

void add_pads(Table& table) {
  auto padded = [](Shape before, Shape after, double value) {
    return [=](const Array& x) {
      Shape shape = x.shape;
      for (std::size_t i = 0; i < shape.size(); ++i) shape[i] += before[i] + after[i];
      return array_of(shape, [&](const Shape& index) {
        Shape own = index;
        for (std::size_t i = 0; i < own.size(); ++i) {
          own[i] -= before[i];
          if (own[i] < 0 || own[i] >= x.shape[i]) return value;
        }
        return at(x, own);
      });
    };
  };
  add(
      table, "pad", "every axis", whole(-9, 9, {"m", "n"}),
      [](Value x) {
        return pad(x, {1, 0}, {2, 3}, 7);
      },
      padded({1, 0}, {2, 3}, 7));
  add(
      table, "pad", "nothing", whole(-9, 9, {"m", "n"}),
      [](Value x) {
        return pad(x, {0, 0}, {0, 0}, 7);
      },
      padded({0, 0}, {0, 0}, 7));
  add(
      table, "pad", "a scalar", whole(-9, 9, {}), [](Value x) { return pad(x, {}, {}, 7); }, padded({}, {}, 7));
  add(
      table, "pad", "as many as there are", whole(-9, 9, {"m"}), [](Value x) { return pad(x, {x.dim(0)}, {0}); },
      [=](const Array& x) { return padded({x.shape[0]}, {0}, 0)(x); });
  table.add({.op = "pad",
             .name = "bools with true",
             .inputs = {flags({"m"})},
             .build = [](const Values& v) -> Values { return {pad(v[0], {1}, {1}, 0.5)}; },
             .reference = [=](const Arrays& x) -> Arrays { return {padded({1}, {1}, 1)(x[0])}; }});
}

void add_sizes(Table& table) {
  table.add({.op = "range",
             .name = "as many as a product of sizes",
             .inputs = {normal({"m", "n"})},
             .build = [](const Values& v) -> Values { return {range(v[0].graph(), v[0].dim(0) * v[0].dim(1))}; },
             .reference = [](const Arrays& x) -> Arrays {
               return {array_of({x[0].shape[0] * x[0].shape[1]},
                                [](const Shape& index) { return static_cast<double>(index[0]); })};
             }});
  table.add({.op = "dim",
             .name = "a sum of sizes",
             .inputs = {normal({"m", "n"})},
             .build = [](const Values& v) -> Values { return {dim(v[0].graph(), v[0].dim(0) + 2 * v[0].dim(1))}; },
             .reference = [](const Arrays& x) -> Arrays {
               return {{{}, {static_cast<double>(x[0].shape[0] + 2 * x[0].shape[1])}}};
             }});
}

void add_errors(Table& table) {
  auto one = [&](const char* op, Dims x, auto build, std::string message) {
    table.add_error(
        {op, [=](Graph& g) -> Values { return {build(g.input("x", DType::float32, x))}; }, std::move(message)});
  };
  auto to = [](Dims shape) { return [=](Value x) { return reshape(x, shape); }; };
  one("reshape", {2, 3}, to({4, 2}), "reshape(x: [2, 3]): x has 6 elements but [4, 2] has 8");
  one("reshape", {"batch", 3}, to({"time", 3}),
      "reshape(x: [batch, 3]): x has 3*batch elements but [time, 3] has 3*time");
  one("reshape", {"batch", 3}, to({-1, 2}),
      "reshape(x: [batch, 3]): x has 3*batch elements, which 2, the other sizes of [-1, 2], does not divide");
  one("reshape", {2, 3}, to({-1, 0}),
      "reshape(x: [2, 3]): x has 6 elements, which 0, the other sizes of [-1, 0], does not divide");
  one("reshape", {2, 3}, to({-1, -1}), "reshape(x: [2, 3]): more than one size of [-1, -1] is -1");
  one("reshape", {2, 3}, to({-2, -3}), "reshape(x: [2, 3]): size -2 of [-2, -3] is below 0");
  one(
      "reshape", {2, 3}, [](Value x) { return expand_dims(x, {4}); },
      "expand_dims(x: [2, 3]): axis 4 is outside of [-3, 3)");
  one(
      "reshape", {2, 3},
      [](Value x) {
        return expand_dims(x, {0, -4});
      },
      "expand_dims(x: [2, 3]): axes [0, -4] name an axis twice");
  one(
      "reshape", {2, 3}, [](Value x) { return squeeze(x, {0}); },
      "squeeze(x: [2, 3]): axis 0 is 2, and only a 1 can be left out");
  auto permuted = [](Axes permutation) { return [=](Value x) { return transpose(x, permutation); }; };
  std::string no_permutation = " does not name each of the 2 axes once";
  one("transpose", {2, 3}, permuted({0, 0}), "transpose(x: [2, 3]): the permutation [0, 0]" + no_permutation);
  one("transpose", {2, 3}, permuted({0}), "transpose(x: [2, 3]): the permutation [0]" + no_permutation);
  one("transpose", {2, 3}, permuted({0, 2}), "transpose(x: [2, 3]): the permutation [0, 2]" + no_permutation);
  auto repeated = [](Dims shape) { return [=](Value x) { return broadcast_to(x, shape); }; };
  one("broadcast_to", {2, 3}, repeated({3}), "broadcast_to(x: [2, 3]): x has more axes than [3]");
  one("broadcast_to", {2, 3}, repeated({4, 3}), "broadcast_to(x: [2, 3]): axis -2 of x is 2 but that of [4, 3] is 4");
  one("broadcast_to", {"batch", 3}, repeated({"time", 3}),
      "broadcast_to(x: [batch, 3]): axis -2 of x is batch but that of [time, 3] is time");
  one("broadcast_to", {1, 3}, repeated({-1, 3}), "broadcast_to(x: [1, 3]): size -1 of [-1, 3] is below 0");
  one(
      "pad", {2, 3},
      [](Value x) {
        return pad(x, {1}, {1, 1});
      },
      "pad(x: [2, 3]): before [1] and after [1, 1] need one size for each of the 2 axes");
  one(
      "pad", {2, 3},
      [](Value x) {
        return pad(x, {1, 0}, {0, -1});
      },
      "pad(x: [2, 3]): size -1 of [0, -1] is below 0");
  table.add_error({"range", [](Graph& g) -> Values { return {range(g, -1)}; }, "range(): the size is -1, below 0"});
  table.add_error({"dim", [](Graph& g) -> Values { return {dim(g, -1)}; }, "dim(): the size is -1, below 0"});
}

}  // namespace

void add_layout_samples(Table& table) {
  add_reshapes(table);
  add_transposes(table);
  add_repeats(table);
  add_pads(table);
  add_sizes(table);
  add_errors(table);
}

}  // namespace gradloom::op_samples
