// The table of samples: what proves every operation. A sample says how a user calls an operation and computes the same
// with plain loops; the modes (modes.h) then try it in both float dtypes, with symbolic and literal sizes, sizes 0 and
// 1, against finite differences, and sliced. A test fails for an operation that has no sample or no error.
//
// To add an operation: in the file of its family, one OpSample a kind of shape and one OpError a message:
//
//   table.add({.op = "mul", .name = "a row and a matrix",
//              .inputs = {normal({"n"}), normal({"m", "n"})},
//              .build = [](const Values& v) -> Values { return {v[0] * v[1]}; },
//              .reference = broadcast_map([](double a, double b) { return a * b; })});
//   table.add_error({"mul", [](Graph& g) -> Values { return {g.input("a", DType::boolean, {}) * ...}; }, "mul(..."});
//
// Sizes are symbols of `sizes` (k, l, m, n are 2, 5, 3, 4); the modes bind them to 0, 1 and more as well, so the build
// takes sizes from its values (`v[0].dim(1)`). A new family: one line here and one in op_samples.cpp.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "tests/op_samples/fillers.h"

namespace gradloom::op_samples {

/// An operation, or a few, as a user calls it.
using Build = std::function<Values(const Values&)>;
/// The results by plain loops over double, shapes included.
using Reference = std::function<Arrays(const Arrays&)>;

/// Differences allowed, as a share of the largest magnitude of the expected result. Integers and bools are exact.
struct Tolerance {
  double float32 = 1e-6;
  double float64 = 1e-14;
  const char* reason = "";  ///< needed when looser than these
};

struct OpSample {
  std::string op, name;
  std::vector<Filled> inputs;
  Build build;
  Reference reference;
  Tolerance tolerance = {};
  /// The dtypes that inputs of numbers take in turn.
  std::vector<DType> dtypes = {DType::float32, DType::float64};
  Binding sizes = {};     ///< of symbols beyond k, l, m, n, or other sizes for these
  Binding smallest = {};  ///< sizes below which a symbol does not go (0 when absent)
  /// d sum(results) / d inputs of numbers, where finite differences mean nothing: at ties and kinks.
  Reference gradient = {};
  /// Why gradients are not held against finite differences (`stop_gradient`); empty when they are.
  std::string not_differentiated = {};
  /// Why the batching rule is not held against a loop over slices; empty when it is.
  std::string not_batched = {};
  /// Why sizes cannot be symbols; empty when they can.
  std::string only_literal = {};
};

/// What a user sees when the operation refuses something: thrown by the build, or when what it returns is run.
struct OpError {
  std::string op;
  std::function<Values(Graph&)> build;
  std::string message;
};

class Table {
 public:
  void add(OpSample sample) { samples_.push_back(std::move(sample)); }
  void add_error(OpError error) { errors_.push_back(std::move(error)); }
  /// The operation has no error of its own.
  void accepts_every_input(std::string op) { accepting_.push_back(std::move(op)); }
  const std::vector<OpSample>& samples() const { return samples_; }
  const std::vector<OpError>& errors() const { return errors_; }
  const std::vector<std::string>& accepting() const { return accepting_; }

 private:
  std::vector<OpSample> samples_;
  std::vector<OpError> errors_;
  std::vector<std::string> accepting_;
};

/// Every family's samples.
const Table& table();

// ---- one a family, in <family>_samples.cpp
void add_arithmetic_samples(Table& table);
void add_math_samples(Table& table);
void add_activation_samples(Table& table);
void add_comparison_samples(Table& table);
void add_reduction_samples(Table& table);
void add_softmax_samples(Table& table);
void add_loss_samples(Table& table);
void add_product_samples(Table& table);
void add_layout_samples(Table& table);
void add_join_samples(Table& table);
void add_indexing_samples(Table& table);
void add_random_samples(Table& table);
void add_control_samples(Table& table);
void add_inverse_samples(Table& table);
void add_rectifier_samples(Table& table);
void add_norm_reduction_samples(Table& table);
void add_logic_reduction_samples(Table& table);
void add_order_samples(Table& table);
void add_rearranging_samples(Table& table);
void add_triangle_samples(Table& table);
void add_scattering_samples(Table& table);
void add_einsum_samples(Table& table);
void add_normalisation_samples(Table& table);
void add_branch_samples(Table& table);
void add_debug_samples(Table& table);
void add_shape_kind_samples(Table& table);

// ---- references and samples that many operations share (references.cpp)
/// f of each element.
Reference map(std::function<double(double)> f);
/// f of the elements of two or three arrays that broadcast.
Reference broadcast_map(std::function<double(double, double)> f);
Reference broadcast_map3(std::function<double(double, double, double)> f);
/// The array repeated along axes of size 1 to this shape; its axes are aligned at the end.
Array broadcast(const Array& array, const Shape& shape);
Shape broadcast_shape(const Shape& a, const Shape& b);
/// [outer, size, inner] around an axis, which may be negative.
struct AroundAxis {
  AroundAxis(const Shape& shape, std::int64_t axis);
  std::int64_t outer = 1, size = 1, inner = 1;
  std::size_t at(std::int64_t o, std::int64_t i, std::int64_t in) const {
    return static_cast<std::size_t>((o * size + i) * inner + in);
  }
};

/// A sample of `op` for each kind of shape one operand can have, and for two operands each way they can broadcast.
struct UnaryKind {
  std::string op;
  std::function<Value(Value)> build;
  std::function<double(double)> f;
  /// normal, positive, ...
  std::function<Filled(Dims)> fill = normal;
  Tolerance tolerance = {};
  std::vector<DType> dtypes = {DType::float32, DType::float64};
};
void add_unary(Table& table, const UnaryKind& kind);

struct BinaryKind {
  std::string op;
  std::function<Value(Value, Value)> build;
  std::function<double(double, double)> f;
  std::function<Filled(Dims)> fill_a = normal, fill_b = normal;
  Tolerance tolerance = {};
  std::vector<DType> dtypes = {DType::float32, DType::float64};
};
void add_binary(Table& table, const BinaryKind& kind);

}  // namespace gradloom::op_samples
