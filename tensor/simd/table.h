// The table of every function for one architecture, made while compiling from the lists of bodies. Included only by
// files compiled for one instruction set.
#pragma once

#include "tensor/simd/block_product.h"
#include "tensor/simd/narrow.h"

namespace gradloom::simd {

template <class A, class T, class... Bodies>
constexpr void enter_unary(Tiles<T>& table, BodyList<Bodies...>) {
  ((table.unary[static_cast<std::size_t>(Bodies::function)] = run_unary<A, Bodies, T>), ...);
}

template <class A, class T, class Body>
constexpr void enter_binary_forms(Tiles<T>& table) {
  auto& forms = table.binary[static_cast<std::size_t>(Body::function)];
  forms[static_cast<std::size_t>(Operands::vector_vector)] = run_binary<A, Body, true, true, T>;
  forms[static_cast<std::size_t>(Operands::vector_scalar)] = run_binary<A, Body, true, false, T>;
  forms[static_cast<std::size_t>(Operands::scalar_vector)] = run_binary<A, Body, false, true, T>;
}

template <class A, class T, class... Bodies>
constexpr void enter_binary(Tiles<T>& table, BodyList<Bodies...>) {
  (enter_binary_forms<A, T, Bodies>(table), ...);
}

template <class A, class T, class Body>
constexpr void enter_comparison_forms(Tiles<T>& table) {
  auto& forms = table.compare[static_cast<std::size_t>(Body::function)];
  forms[static_cast<std::size_t>(Operands::vector_vector)] = run_compare<A, Body, true, true, T>;
  forms[static_cast<std::size_t>(Operands::vector_scalar)] = run_compare<A, Body, true, false, T>;
  forms[static_cast<std::size_t>(Operands::scalar_vector)] = run_compare<A, Body, false, true, T>;
}

template <class A, class T, class... Bodies>
constexpr void enter_comparisons(Tiles<T>& table, BodyList<Bodies...>) {
  (enter_comparison_forms<A, T, Bodies>(table), ...);
}

template <class A, class T>
constexpr Tiles<T> make_tiles() {
  Tiles<T> table{};
  enter_unary<A, T>(table, UnaryBodies());
  enter_binary<A, T>(table, BinaryBodies());
  enter_comparisons<A, T>(table, ComparisonBodies());
  table.where[static_cast<std::size_t>(Operands::vector_vector)] = run_where<A, true, true, T>;
  table.where[static_cast<std::size_t>(Operands::vector_scalar)] = run_where<A, true, false, T>;
  table.where[static_cast<std::size_t>(Operands::scalar_vector)] = run_where<A, false, true, T>;
  table.where[static_cast<std::size_t>(Operands::count)] = run_where<A, false, false, T>;
  table.multiply_add = run_multiply_add<A, T>;
  table.axpy = run_axpy<A, T>;
  table.sum = row_sum<A, T>;
  table.sum_of_squares = row_sum_of_squares<A, T>;
  table.add_rows = add_rows<A, T>;
  table.dot = row_dot<A, T>;
  table.max = row_max<A, T>;
  table.log_sum_exp = row_log_sum_exp<A, T>;
  table.powers = row_powers<A, T>;
  table.scaled_exp = row_scaled_exp<A, T>;
  table.softmax = row_softmax<A, T>;
  table.masked_softmax = row_masked_softmax<A, T>;
  table.log_softmax = row_log_softmax<A, T>;
  table.softmax_gradient = row_softmax_gradient<A, T>;
  table.log_softmax_gradient = row_log_softmax_gradient<A, T>;
  table.narrow = run_narrow<A, T>;
  table.narrow_rows = Pack<float, A>::size >= 16 ? 12 : Pack<float, A>::size >= 8 ? 24 : 4;
  if constexpr (sizeof(T) == 4 && Pack<T, A>::size >= 8) {
    table.product = run_block_product<A, T>;
    table.pack = pack_whole<A, T>;
    table.panel = panel_width<A, T>;
  }
  table.adam = run_adam<A, T>;
  return table;
}

}  // namespace gradloom::simd
