// Every operation as a user calls it: one line an op, by family. The constants behind them, with documentation, shape
// rules, kernels and gradients, are in the .cpp file of the family; `gradloom ops NAME` prints them.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "graph/op_def.h"

namespace gradloom {

// ---- element-wise arithmetic, broadcasting; a C++ number takes the other operand's dtype (ops/arithmetic.cpp)
Value add(Value a, Value b);
Value sub(Value a, Value b);
Value mul(Value a, Value b);
Value div(Value a, Value b);
Value mod(Value a, Value b);
Value pow(Value a, Value b);
Value maximum(Value a, Value b);
Value minimum(Value a, Value b);
Value neg(Value x);
Value abs(Value x);
Value sign(Value x);
Value square(Value x);
Value floor(Value x);
Value ceil(Value x);
Value round(Value x);
Value clip(Value x, double low, double high);
/// A scalar constant of x's dtype in x's graph.
Value scalar_like(Value x, double value);

// ---- element-wise functions (ops/math.cpp)
Value exp(Value x);
Value log(Value x);
Value log1p(Value x);
Value expm1(Value x);
Value sqrt(Value x);
Value rsqrt(Value x);
Value reciprocal(Value x);
Value sin(Value x);
Value cos(Value x);
Value tan(Value x);
Value asin(Value x);
Value acos(Value x);
Value atan(Value x);
Value sinh(Value x);
Value cosh(Value x);
Value asinh(Value x);
Value acosh(Value x);
Value atanh(Value x);
Value erf(Value x);

// ---- activations (ops/activation.cpp)
Value tanh(Value x);
Value sigmoid(Value x);
Value relu(Value x);
Value gelu(Value x);
Value softplus(Value x);
Value silu(Value x);
Value softsign(Value x);
Value mish(Value x);
Value hard_swish(Value x);
Value hard_sigmoid(Value x, double alpha = 0.2, double beta = 0.5);  ///< clip(alpha*x + beta, 0, 1)
Value leaky_relu(Value x, double alpha = 0.01);
Value prelu(Value x, Value slope);  ///< slope broadcasts to x
Value elu(Value x, double alpha = 1);
Value selu(Value x, double alpha = 1.6732632423543772, double gamma = 1.0507009873554805);
Value celu(Value x, double alpha = 1);

// ---- comparison, logic, choice (ops/comparison.cpp)
Value equal(Value a, Value b);
Value not_equal(Value a, Value b);
Value less(Value a, Value b);
Value less_equal(Value a, Value b);
Value greater(Value a, Value b);
Value greater_equal(Value a, Value b);
Value logical_and(Value a, Value b);
Value logical_or(Value a, Value b);
Value logical_xor(Value a, Value b);
Value logical_not(Value a);
Value is_nan(Value x);
Value is_inf(Value x);
/// condition ? a : b, element by element; the branch not taken has gradient 0, even where it is NaN.
Value where(Value condition, Value a, Value b);
Value cast(Value x, DType dtype);
Value stop_gradient(Value x);

// ---- products (ops/product.cpp)
/// Sums over `contract_a` x `contract_b`; result axes: batch, the rest of a, the rest of b.
Value dot_general(Value a, Value b, std::vector<std::int64_t> batch_a, std::vector<std::int64_t> batch_b,
                  std::vector<std::int64_t> contract_a, std::vector<std::int64_t> contract_b);
/// a [..., n, k] times b [..., k, m]; leading axes broadcast; a vector is a row on the left, a column on the right.
Value matmul(Value a, Value b);
/// x [..., in] times a weight [out, in], as PyTorch's Linear; `bias` [out] may be none.
Value linear(Value x, Value weight, Value bias = {});
Value outer(Value a, Value b);  ///< a [n], b [m] -> [n, m]
/// Sums of products over named axes (`"bij,bjk->bik"`), as numpy.einsum: repeated letters, `...` and implicit outputs.
Value einsum(std::string_view equation, Values operands);

// ---- reductions; no axes: all of them (ops/reduction.cpp)
using Axes = std::vector<std::int64_t>;
Value sum(Value x, Axes axes = {}, bool keep_dims = false);
Value sum_of_squares(Value x, Axes axes = {}, bool keep_dims = false);
Value mean(Value x, Axes axes = {}, bool keep_dims = false);
Value max(Value x, Axes axes = {}, bool keep_dims = false);
Value min(Value x, Axes axes = {}, bool keep_dims = false);
Value prod(Value x, Axes axes = {}, bool keep_dims = false);
Value l1_norm(Value x, Axes axes = {}, bool keep_dims = false);
Value l2_norm(Value x, Axes axes = {}, bool keep_dims = false);
Value logsumexp(Value x, Axes axes = {}, bool keep_dims = false);
Value all(Value x, Axes axes = {}, bool keep_dims = false);            ///< bool
Value any(Value x, Axes axes = {}, bool keep_dims = false);            ///< bool
Value count_nonzero(Value x, Axes axes = {}, bool keep_dims = false);  ///< int64
/// int64; of equal largest elements the first, or the last.
Value argmax(Value x, std::int64_t axis = -1, bool keep_dims = false, bool last = false);
Value argmin(Value x, std::int64_t axis = -1, bool keep_dims = false, bool last = false);
/// y[i] = x[0] + ... + x[i]; exclusive: without x[i]; reverse: from the end.
Value cumsum(Value x, std::int64_t axis, bool exclusive = false, bool reverse = false);
struct TopK {
  Value values, indices;  ///< int64 indices; of equal elements the lower index comes first
};
/// The k largest (or smallest) elements along an axis, in order.
TopK top_k(Value x, Dim k, std::int64_t axis = -1, bool largest = true);

// ---- layout (ops/layout.cpp, ops/join.cpp)
/// At most one size may be -1: what remains.
Value reshape(Value x, Dims shape);
Value transpose(Value x, Axes permutation = {});  ///< no permutation: the axes reversed
Value broadcast_to(Value x, Dims shape);
Value expand_dims(Value x, Axes axes);  ///< axes of the result
Value squeeze(Value x, Axes axes);
Value concat(Values parts, std::int64_t axis);
Value stack(Values parts, std::int64_t axis);
/// Every `step`-th index of [begin, end) of one axis; negative begin and end count from the end; a step below 0
/// walks from begin down to, not including, end.
Value slice(Value x, std::int64_t axis, Dim begin, Dim end, std::int64_t step = 1);
Values split(Value x, std::int64_t axis, Dims sizes);
Values split(Value x, std::int64_t axis, std::int64_t parts);  ///< equal parts
Value pad(Value x, Dims before, Dims after, double value = 0);
enum class PadMode { constant, reflect, edge };
Value pad(Value x, Dims before, Dims after, PadMode mode);
Value flatten(Value x, std::int64_t axis = 1);  ///< [axes before `axis` in one, the others in one]
Values unstack(Value x, std::int64_t axis);     ///< the slices, without the axis, whose size must be a number
Value reverse(Value x, Axes axes);
/// The first lengths[i] elements along `time_axis` of row i of `batch_axis` reversed, the others where they are.
Value reverse_sequence(Value x, Value lengths, std::int64_t time_axis = 0, std::int64_t batch_axis = 1);
Value tile(Value x, Dims repeats);
Value tril(Value x, std::int64_t diagonal = 0);  ///< of the last two axes, zero above the diagonal
Value triu(Value x, std::int64_t diagonal = 0);
Value eye(Graph& graph, DType dtype, Dim rows, std::optional<Dim> columns = {}, std::int64_t diagonal = 0);
Value range(Graph& graph, Dim size);                              ///< 0, 1, ... size - 1 as int64
Value dim(Graph& graph, Dim size);                                ///< a size as an int64 scalar
Value fill(Graph& graph, DType dtype, Dims shape, double value);  ///< a scalar constant, broadcast

// ---- indexing (ops/indexing.cpp)
/// Slices of x along `axis` at the indices: x[:axis] + indices[batch_dims:] + x[axis+1:]. The first batch_dims axes
/// of both are the same and go together.
Value gather(Value x, Value indices, std::int64_t axis = 0, std::int64_t batch_dims = 0);
/// The transpose of gather: zeros of `size` along `axis`, to which the updates are added at the indices.
Value scatter_add(Value indices, Value updates, Dim size, std::int64_t axis = 0, std::int64_t batch_dims = 0);
/// y[i][j] = x[i][indices[i][j]] along the axis; indices has x's rank.
Value gather_along_axis(Value x, Value indices, std::int64_t axis);
/// Elements or slices of x at the index tuples in indices' last axis, after batch_dims common axes.
Value gather_nd(Value x, Value indices, std::int64_t batch_dims = 0);
/// x with updates written at indices along the axis; all of one rank. Equal indices: the last one counts.
Value scatter(Value x, Value indices, Value updates, std::int64_t axis);
/// x with updates written at the index tuples in indices' last axis.
Value scatter_nd(Value x, Value indices, Value updates);
Value one_hot(Value indices, Dim depth, DType dtype);
/// bool [..., size]: true where the position is below the length.
Value sequence_mask(Value lengths, Dim size);

// ---- softmax and losses (ops/softmax.cpp, ops/loss.cpp)
/// Where mask (bool, broadcast) is false the result is 0; a row masked whole is 0, its gradient 0.
Value softmax(Value x, std::int64_t axis = -1, Value mask = {});
Value log_softmax(Value x, std::int64_t axis = -1);
/// -log softmax(logits)[target] a row; logits [..., classes], integer targets [...]. Rows whose target is `ignored`
/// give 0 and have gradient 0.
/// Float targets [..., classes] are probabilities. `weights` [classes] multiply each class's share of the loss.
Value cross_entropy(Value logits, Value targets, double label_smoothing = 0, std::optional<std::int64_t> ignored = {},
                    Value weights = {});

// ---- normalisation (ops/normalisation.cpp)
/// (x - mean) / sqrt(variance + epsilon) * scale + bias over the axes from `axis` on; scale and bias have their shape.
Value layer_norm(Value x, Value scale, Value bias = {}, std::int64_t axis = -1, double epsilon = 1e-5);
Value rms_norm(Value x, Value scale, std::int64_t axis = -1, double epsilon = 1e-5);
/// With statistics that are given (inference): all of scale, bias, mean, variance are [channels], x's axis `axis`.
Value batch_norm(Value x, Value scale, Value bias, Value mean, Value variance, std::int64_t axis = 1,
                 double epsilon = 1e-5);

// ---- random draws: a function of (key, step, stream, position) only (ops/random.cpp)
struct Randomness {
  Value key;   ///< int64 scalar
  Value step;  ///< int64 scalar
};
/// In [0, 1). `row_axis`: the axis along which rows are the caller's batch, so that a row draws the same wherever it
/// is computed; -1 for none. Inside a loop the draw differs from step to step.
Value random_uniform(const Randomness& randomness, DType dtype, Dims shape, std::int64_t row_axis = -1);
Value random_normal(const Randomness& randomness, DType dtype, Dims shape, std::int64_t row_axis = -1);
/// 1 with the probability, else 0.
Value random_bernoulli(const Randomness& randomness, DType dtype, Dims shape, double probability,
                       std::int64_t row_axis = -1);
/// x / (1 - rate) with probability 1 - rate, else 0.
Value dropout(Value x, double rate, const Randomness& randomness, std::int64_t row_axis = 0);

// ---- control (ops/scan.cpp)
/// What a loop's body returns: the carries of the next step and the outputs of this one.
struct Step {
  Values carries;
  Values outputs;
};
struct ScanOptions {
  /// int [batch]: beyond its length a row's carry freezes and its outputs are 0. Carries and outputs then have the
  /// batch axis in front.
  Value lengths = {};
  bool reverse = false;
  /// The number of steps of a loop without sequences.
  std::optional<Dim> length = {};
  std::string_view name = "scan";
};
struct ScanResult {
  Values carries;  ///< after the last step
  Values outputs;  ///< stacked: [time, ...]
};
/// Runs `body(carries, slices)` for each index of the sequences' axis 0. Values of the surrounding graph may be used in
/// the body. Reversed, the last slice comes first and outputs[t] still belongs to sequences[t].
ScanResult scan(Values carries, Values sequences, const std::function<Step(const Values&, const Values&)>& body,
                const ScanOptions& options = {});

/// Runs one of two branches; both return the same types. Values of the surrounding graph may be used in them.
Values cond(Value condition, const std::function<Values()>& then_branch, const std::function<Values()>& else_branch,
            std::string_view name = "cond");

// ---- for debugging (ops/debug.cpp)
/// x as it is; a run in which the bool scalar is false stops with the message.
Value assert_true(Value x, Value condition, std::string_view message);
/// x as it is; each run writes label, shape and values to stderr.
Value print(Value x, std::string_view label);

// ---- operators
inline Value operator+(Value a, Value b) { return add(a, b); }
inline Value operator-(Value a, Value b) { return sub(a, b); }
inline Value operator*(Value a, Value b) { return mul(a, b); }
inline Value operator/(Value a, Value b) { return div(a, b); }
inline Value operator-(Value x) { return neg(x); }
inline Value operator+(Value a, double b) { return add(a, scalar_like(a, b)); }
inline Value operator-(Value a, double b) { return sub(a, scalar_like(a, b)); }
inline Value operator*(Value a, double b) { return mul(a, scalar_like(a, b)); }
inline Value operator/(Value a, double b) { return div(a, scalar_like(a, b)); }
inline Value operator+(double a, Value b) { return add(scalar_like(b, a), b); }
inline Value operator-(double a, Value b) { return sub(scalar_like(b, a), b); }
inline Value operator*(double a, Value b) { return mul(scalar_like(b, a), b); }
inline Value operator/(double a, Value b) { return div(scalar_like(b, a), b); }

}  // namespace gradloom
