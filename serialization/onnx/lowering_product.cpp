// ONNX nodes of the product: MatMul where its axes can be those of one, else Einsum.
#include <algorithm>

#include "serialization/onnx/lowering.h"

namespace gradloom {

namespace {

using Axes = std::vector<std::int64_t>;

Axes axes_without(std::size_t rank, const Axes& batch, const Axes& contracted) {
  Axes rest;
  for (std::int64_t axis = 0; axis < static_cast<std::int64_t>(rank); ++axis)
    if (std::count(batch.begin(), batch.end(), axis) + std::count(contracted.begin(), contracted.end(), axis) == 0)
      rest.push_back(axis);
  return rest;
}

// An operand with its axes in this order.
std::string ordered(const Lowering& l, std::size_t operand, std::initializer_list<Axes> parts) {
  Axes order;
  for (const Axes& part : parts) order.insert(order.end(), part.begin(), part.end());
  if (std::is_sorted(order.begin(), order.end())) return l.input(operand);
  return l.add("Transpose", {l.input(operand)}, {{"perm", order}});
}

// Result axes: batch, the rest of a, the rest of b; a letter an axis.
std::string einsum(const Lowering& l) {
  std::string a(l.type(0).rank(), '?'), b(l.type(1).rank(), '?'), result;
  char next = 'a';
  auto pair = [&](const char* of_a, const char* of_b, bool kept) {
    const Axes &in_a = l.attribute<Axes>(of_a), &in_b = l.attribute<Axes>(of_b);
    for (std::size_t i = 0; i < in_a.size(); ++i, ++next) {
      a[static_cast<std::size_t>(in_a[i])] = b[static_cast<std::size_t>(in_b[i])] = next;
      if (kept) result += next;
    }
  };
  pair("batch_a", "batch_b", true);
  pair("contract_a", "contract_b", false);
  for (std::string* operand : {&a, &b})
    for (char& letter : *operand)
      if (letter == '?') result += letter = next++;
  return l.add("Einsum", {l.input(0), l.input(1)}, {{"equation", a + "," + b + "->" + result}});
}

OnnxNames dot_general(const Lowering& l) {
  const Axes &batch_a = l.attribute<Axes>("batch_a"), &batch_b = l.attribute<Axes>("batch_b");
  const Axes &contract_a = l.attribute<Axes>("contract_a"), &contract_b = l.attribute<Axes>("contract_b");
  Axes free_a = axes_without(l.type(0).rank(), batch_a, contract_a);
  Axes free_b = axes_without(l.type(1).rank(), batch_b, contract_b);
  // Without batch axes MatMul takes any number of free ones on its left.
  bool is_matmul =
      contract_a.size() == 1 && free_b.size() == 1 && !free_a.empty() && (free_a.size() == 1 || batch_a.empty());
  if (!is_matmul) return {einsum(l)};
  return {
      l.add("MatMul", {ordered(l, 0, {batch_a, free_a, contract_a}), ordered(l, 1, {batch_b, contract_b, free_b})})};
}

constexpr LoweringRule rules[] = {{"dot_general", dot_general}};

}  // namespace

std::span<const LoweringRule> product_lowerings() { return rules; }

}  // namespace gradloom
