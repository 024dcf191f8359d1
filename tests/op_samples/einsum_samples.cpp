// Samples of einsum: products, sums, diagonals, transpositions, `...`, and where an equation is wrong.
#include <algorithm>

#include "base/text.h"
#include "ops/ops.h"
#include "tests/op_samples/indexed.h"

namespace gradloom::op_samples {

void add_einsum_samples(Table& table) {
  struct Kind {
    const char* equation;
    std::vector<Dims> shapes;
    const char *inputs, *result;  // with letters for `...`, as the plain loops take them
  };
  const Kind kinds[] = {
      {"ij,jk->ik", {{"m", "n"}, {"n", "k"}}, "ij,jk", "ik"},
      {"ij,jk", {{"m", "n"}, {"n", "k"}}, "ij,jk", "ik"},
      {"bij,bjk->bik", {{"k", "m", "n"}, {"k", "n", 2}}, "bij,bjk", "bik"},
      {"ij,ij->i", {{"m", "n"}, {"m", "n"}}, "ij,ij", "i"},
      {"i,j->ji", {{"m"}, {"n"}}, "i,j", "ji"},
      {"ij->ji", {{"m", "n"}}, "ij", "ji"},
      {"ba", {{"m", "n"}}, "ba", "ab"},
      {"ij->", {{"m", "n"}}, "ij", ""},
      {"ii->i", {{"n", "n"}}, "ii", "i"},
      {"ii", {{"n", "n"}}, "ii", ""},
      {"iij->ji", {{"n", "n", "m"}}, "iij", "ji"},
      {"i,i,i->i", {{"n"}, {"n"}, {"n"}}, "i,i,i", "i"},
      {"ij,jk,kl->il", {{"m", "n"}, {"n", "k"}, {"k", 2}}, "ij,jk,kl", "il"},
      {"ij,k->i", {{"m", "n"}, {"k"}}, "ij,k", "i"},
      {"i, j -> i", {{"m"}, {"n"}}, "i,j", "i"},
      {"bhqd,bhkd->bhqk", {{2, "k", "m", 3}, {2, "k", "n", 3}}, "bhqd,bhkd", "bhqk"},
      {"...ij,...jk->...ik", {{"k", "m", "n"}, {"k", "n", 2}}, "bij,bjk", "bik"},
      {"...i->i...", {{"k", "m", "n"}}, "abi", "iab"},
      {"...,i", {{"k", "m"}, {"n"}}, "ab,i", "abi"},
      {",ij->ij", {{}, {"m", "n"}}, ",ij", "ij"},
  };
  for (const Kind& kind : kinds) {
    std::vector<Filled> inputs;
    for (const Dims& shape : kind.shapes) inputs.push_back(normal(shape));
    bool has_product = kind.shapes.size() > 1;
    table.add({.op = has_product ? "dot_general" : "transpose",
               .name = concat_text("einsum: ", kind.equation),
               .inputs = inputs,
               .build = [equation = kind.equation](const Values& v) -> Values { return {einsum(equation, v)}; },
               .reference = einsum(kind.inputs, kind.result),
               .tolerance = {8e-6, 4e-14, "sums of products of up to 21 x 21 numbers"}});
  }
  table.add({.op = "dot_general",
             .name = "einsum: axes of ... broadcast",
             .inputs = {normal({1, "m", "n"}), normal({"k", "n"})},
             .build = [](const Values& v) -> Values { return {einsum("...ij,...j->...i", v)}; },
             .reference = [](const Arrays& x) -> Arrays {
               return {array_of({x[1].shape[0], x[0].shape[1]}, [&](const Shape& i) {
                 double total = 0;
                 for (std::int64_t j = 0; j < x[0].shape[2]; ++j) total += at(x[0], {0, i[1], j}) * at(x[1], {i[0], j});
                 return total;
               })};
             },
             .tolerance = {4e-6, 4e-14, "sums of up to 21 products"}});
  table.add({.op = "dot_general",
             .name = "outer",
             .inputs = {normal({"m"}), normal({"n"})},
             .build = [](const Values& v) -> Values { return {outer(v[0], v[1])}; },
             .reference = einsum("i,j", "ij")});

  auto refuse = [&](const char* equation, std::vector<Dims> shapes, std::string message) {
    table.add_error({"dot_general",
                     [=](Graph& g) -> Values {
                       Values operands;
                       for (std::size_t i = 0; i < shapes.size(); ++i)
                         operands.push_back(g.input(concat_text("x", i), DType::float32, shapes[i]));
                       return {einsum(equation, operands)};
                     },
                     std::move(message)});
  };
  std::string one = "einsum(operands[0]: [2, 3]): ", two = "einsum(operands[0]: [2, 3], operands[1]: [4, 5]): ";
  refuse("ij,jk->ik", {{2, 3}, {4, 5}}, two + "\"ij,jk->ik\": j is 3 in operands[0] but 4 in operands[1]");
  refuse("ij,jk->iz", {{2, 3}, {4, 5}}, two + "\"ij,jk->iz\" at character 8: z of the result is in no operand");
  refuse("ij->ii", {{2, 3}}, one + "\"ij->ii\" at character 5: i stands twice in the result");
  refuse("ijk->i", {{2, 3}}, one + "\"ijk->i\" at character 1: the operand has 2 axes but the term names 3");
  refuse("i1->i", {{2, 3}}, one + "\"i1->i\" at character 2: a letter was expected, not \"1\"");
  refuse("i..->i", {{2, 3}}, one + "\"i..->i\" at character 2: \"...\" was expected");
  refuse("...i...->i", {{2, 3}}, one + "\"...i...->i\" at character 5: \"...\" stands twice in a term");
  refuse("i...->i", {{2, 3}}, one + "\"i...->i\" at character 7: the result has no \"...\" but operands have");
  refuse("ij,jk", {{2, 3}}, one + "\"ij,jk\" has more terms than the 1 operand");
  refuse("ij", {{2, 3}, {4, 5}}, two + "\"ij\" has 1 term but there are 2 operands");
  refuse("ii", {{2, 3}}, one + "\"ii\": i is 2 in operands[0] but 3 in operands[0]");
  table.add_error({"dot_general",
                   [](Graph& g) -> Values {
                     return {outer(g.input("a", DType::float32, {2, 3}), g.input("b", DType::float32, {4}))};
                   },
                   "outer(a: [2, 3], b: [4]): a has 2 axes but a vector is needed"});
}

}  // namespace gradloom::op_samples
