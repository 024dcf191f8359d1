// The texts of the functions that are written with operations.
#include "ops/compositions.h"

#include <algorithm>

namespace gradloom {

namespace {

constexpr Composition all[] = {
    {"batch_norm", "batch_norm(x, scale, bias, mean, variance; axis = 1, epsilon = 1e-5) -> y",
     "(x - mean) / sqrt(variance + epsilon) * scale + bias, with statistics that are given",
     "The form of inference (Ioffe and Szegedy 2015). scale, bias, mean and variance are [channels], the size of x's "
     "axis.",
     "sub, add, sqrt, div, mul"},
    {"dropout", "dropout(x, rate, randomness; row_axis = 0) -> y", "x / (1 - rate) with probability 1 - rate, else 0",
     "The same elements whatever x's float type (Srivastava et al. 2014).",
     "random_uniform, greater_equal, mul, where"},
    {"einsum", "einsum(equation, operands...) -> y", "sums of products over named axes, as numpy.einsum",
     "Letters name axes; one that stands twice in a term takes the diagonal, one that is in no result is summed. `...` "
     "stands "
     "for axes that broadcast. Without `->` the result has the letters that stand once, in the order of the alphabet.",
     "dot_general, transpose, sum, where"},
    {"expand_dims", "expand_dims(x, axes) -> y", "x with new axes of size 1", "axes are those of the result.",
     "reshape"},
    {"eye", "eye(graph, dtype, rows, columns = rows, diagonal = 0) -> y", "1 on a diagonal of a matrix, else 0",
     "y [rows, columns]; the diagonal is column - row.", "range, sub, equal, cast"},
    {"fill", "fill(graph, dtype, shape, value) -> y", "a tensor whose elements are all the same", "", "broadcast_to"},
    {"flatten", "flatten(x; axis = 1) -> y", "the axes before axis in one, the others in another",
     "y has two axes; without axes on a side its size is 1.", "reshape"},
    {"gather_along_axis", "gather_along_axis(x, indices, axis) -> y", "y[i][j] = x[i][indices[i][j]] along an axis",
     "numpy.take_along_axis, ONNX's GatherElements: x and indices have the same axes but for this one. Negative "
     "indices count "
     "from the end; one outside is an error.",
     "gather, transpose"},
    {"gather_nd", "gather_nd(x, indices; batch_dims = 0) -> y",
     "elements or slices of x at the tuples in indices' last axis",
     "indices [..., k] names the first k axes behind batch_dims common ones. An index outside its axis is an error.",
     "gather, reshape"},
    {"linear", "linear(x, weight, bias?) -> y", "x [..., in] times a weight [out, in], plus bias [out]",
     "As PyTorch's Linear.", "dot_general, add"},
    {"matmul", "matmul(a, b) -> y", "a [..., n, k] times b [..., k, m]",
     "Leading axes broadcast; a vector is a row on the left and a column on the right.", "dot_general"},
    {"outer", "outer(a, b) -> y", "the product of each element of a with each of b", "a [n], b [m] -> y [n, m].",
     "dot_general"},
    {"random_bernoulli", "random_bernoulli(randomness, dtype, shape, probability; row_axis = -1) -> y",
     "1 with the probability, else 0", "", "random_uniform, less, cast"},
    {"reverse", "reverse(x, axes) -> y", "x with the order along axes turned round", "", "slice"},
    {"reverse_sequence", "reverse_sequence(x, lengths; time_axis = 0, batch_axis = 1) -> y",
     "the first lengths[i] elements of each row turned round, the others where they are",
     "A length above the axis' size is an error, one of 0 or below leaves the row.", "gather, transpose"},
    {"scatter_nd", "scatter_nd(x, indices, updates) -> y", "x with updates written at the tuples in indices' last axis",
     "Of equal tuples the last counts. An index outside its axis is an error.", "scatter, reshape"},
    {"squeeze", "squeeze(x, axes) -> y", "x without axes of size 1", "", "reshape"},
    {"stack", "stack(parts..., axis) -> y", "parts of one shape beside each other along a new axis", "",
     "reshape, concat"},
    {"tile", "tile(x, repeats) -> y", "x repeated along each axis", "repeats has a number for every axis.",
     "broadcast_to, reshape"},
    {"tril", "tril(x; diagonal = 0) -> y", "the last two axes without what lies above a diagonal",
     "The diagonal is column - row.", "range, less_equal, where"},
    {"triu", "triu(x; diagonal = 0) -> y", "the last two axes without what lies below a diagonal",
     "The diagonal is column - row.", "range, greater_equal, where"},
    {"unstack", "unstack(x, axis) -> parts...", "the slices along an axis, without it",
     "The axis' size must be a number.", "split, reshape"},
};

}  // namespace

std::span<const Composition> compositions() { return all; }

const Composition* find_composition(std::string_view name) {
  const Composition* found =
      std::find_if(std::begin(all), std::end(all), [&](const Composition& c) { return c.name == name; });
  return found == std::end(all) ? nullptr : found;
}

}  // namespace gradloom
