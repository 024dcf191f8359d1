// Convolutions, poolings and local response normalisation of ONNX, over any number of axes.
#include <limits>

#include "serialization/onnx_import/windows.h"

namespace gradloom {

namespace {

std::int64_t known_size(const ImportNode& node, Value x, std::size_t axis, std::string_view what) {
  const Dim& size = x.shape()[axis];
  node.require(size.is_constant(), what, " is ", size, " but a number is needed");
  return size.constant();
}

// Sizes of the kernel: those of the weight's axes behind the first two.
std::vector<std::int64_t> kernel_of(const ImportNode& node, Value weight) {
  std::vector<std::int64_t> sizes;
  for (std::size_t axis = 2; axis < weight.rank(); ++axis)
    sizes.push_back(known_size(node, weight, axis, "a size of the kernel"));
  node.require(!node.has("kernel_shape") || node.integers("kernel_shape") == sizes, "kernel_shape and W ",
               dims_text(weight.shape()), " differ");
  return sizes;
}

// One axis of channels as [groups, channels of a group].
Value in_groups(const ImportNode& node, Value x, std::size_t axis, std::int64_t groups) {
  std::optional<Dim> each = groups > 0 ? x.shape()[axis].divided_by(groups) : std::nullopt;
  node.require(each.has_value(), x.shape()[axis], " channels cannot be parted in ", groups, " groups");
  Dims shape = x.shape();
  shape[axis] = *each;
  shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis), groups);
  return reshape(x, shape);
}

// [batch, groups, channels of a group, ...] with the channels in one axis again, and a bias a channel.
Value without_groups(const ImportNode& node, Value y) {
  Dims shape = y.shape();
  shape[1] = shape[1] * shape[2];
  shape.erase(shape.begin() + 2);
  y = reshape(y, shape);
  Value bias = node.optional_input(2);
  return bias ? y + of_channels(node, bias, y.dim(1), y.rank()) : y;
}

// Axes begin, begin + step, ... as many as there are windows.
Axes axes_by(std::int64_t begin, std::int64_t step, std::size_t count) {
  Axes axes;
  for (std::size_t i = 0; i < count; ++i) axes.push_back(begin + step * static_cast<std::int64_t>(i));
  return axes;
}

void append(Axes& axes, const Axes& more) { axes.insert(axes.end(), more.begin(), more.end()); }

// W [groups, out, in, size ...] times the windows [batch, groups, in, size, count, ...].
Values convolution(const ImportNode& node) {
  Value x = node.input(0), weight = node.input(1);
  std::int64_t groups = node.integer("group", 1);
  std::vector<Window> windows = windows_of(node, x, kernel_of(node, weight));
  std::size_t axes = windows.size();
  x = in_groups(node, gathered(padded(x, windows, 0), windows), 1, groups);
  weight = in_groups(node, weight, 0, groups);
  node.require(x.shape()[2] == weight.shape()[2], "a group of X has ", x.shape()[2], " channels but W takes ",
               weight.shape()[2]);
  Axes of_weight{2}, of_windows{2};
  append(of_weight, axes_by(3, 1, axes));
  append(of_windows, axes_by(3, 2, axes));
  Value y = dot_general(weight, x, {0}, {1}, of_weight, of_windows);  // [groups, out, batch, count ...]
  Axes order{2, 0, 1};
  append(order, axes_by(3, 1, axes));
  return {without_groups(node, transpose(y, order))};
}

// Padding of a transposed convolution is what its result lacks at both ends; a shape that asks for more than there is
// gets zeros behind, which `more` counts.
void crop_to_shape(const ImportNode& node, const Dims& sizes, std::vector<Window>& windows,
                   std::vector<std::int64_t>& more) {
  std::string padding = node.text("auto_pad", "NOTSET");
  bool is_same = padding == "SAME_UPPER" || padding == "SAME_LOWER";
  if (!is_same && !node.has("output_shape")) return;
  std::vector<std::int64_t> wanted = node.integers("output_shape", {});
  if (wanted.size() > windows.size())
    wanted.erase(wanted.begin(), wanted.end() - static_cast<std::ptrdiff_t>(windows.size()));
  for (std::size_t i = 0; i < windows.size(); ++i) {
    Window& window = windows[i];
    Dim whole = (sizes[i] - 1) * window.stride + window.extent() + more[i];
    Dim total = whole - (i < wanted.size() ? Dim(wanted[i]) : sizes[i] * window.stride);
    if (total.is_constant() && total.constant() < 0) {
      more[i] = (Dim(more[i]) - total).constant();
      total = 0;
    }
    window.before = padding == "SAME_UPPER" ? floordiv(total, 2) : total - floordiv(total, 2);
    window.after = total - window.before;
  }
}

// The transpose of convolution: each element of X adds W, times itself, at its window's places.
Values transposed_convolution(const ImportNode& node) {
  Value x = node.input(0), weight = node.input(1);
  std::int64_t groups = node.integer("group", 1);
  std::vector<Window> windows = windows_of(node, x, kernel_of(node, weight));
  std::size_t axes = windows.size();
  std::vector<std::int64_t> more = numbers_of_axes(node, "output_padding", axes, 0);
  for (std::int64_t size : more) node.require(size >= 0, "output_padding holds ", size, " but must not be below 0");
  Dims sizes(x.shape().begin() + first_window_axis, x.shape().end());
  crop_to_shape(node, sizes, windows, more);
  Value product = dot_general(in_groups(node, weight, 0, groups), in_groups(node, x, 1, groups), {0}, {1}, {1}, {2});
  // [groups, out, size ..., batch, count ...] to [batch, groups, out, size, count, ...]
  auto batch = static_cast<std::int64_t>(2 + axes);
  Axes order{batch, 0, 1};
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(axes); ++i) append(order, {2 + i, batch + 1 + i});
  Value y = transpose(product, order);
  for (std::size_t i = 0; i < axes; ++i) {
    const Window& window = windows[i];
    auto axis = static_cast<std::int64_t>(3 + i);
    Dim whole = (sizes[i] - 1) * window.stride + window.extent();
    Value places = window_places(node.graph(), window.size, window.stride, window.dilation, sizes[i]);
    y = scatter_add(places, y, whole + more[i], axis);
    bool is_cropped = !window.before.is(0) || !window.after.is(0);
    if (is_cropped) y = slice(y, axis, window.before, whole + more[i] - window.after);
  }
  return {without_groups(node, y)};
}

// ---- poolings: axis by axis, since sums and maxima of boxes are those of rows of rows

Value sums(Value x, const std::vector<Window>& windows) {
  for (std::size_t i = 0; i < windows.size(); ++i) {
    auto axis = static_cast<std::int64_t>(first_window_axis + i);
    if (!windows[i].is_whole()) x = sum(gathered(x, windows[i], first_window_axis + i), {axis});
  }
  return x;
}

// How many elements each window holds: of the input, or of the padding also, but never of what lies beyond.
Value counts(const ImportNode& node, Value x, const std::vector<Window>& windows) {
  bool counts_padding = node.flag("count_include_pad", false);
  Dims shape(first_window_axis, 1);
  std::vector<Window> borders = windows;
  std::int64_t whole = 1;
  bool are_equal = true;
  for (std::size_t i = 0; i < windows.size(); ++i) {
    const Window& window = windows[i];
    shape.push_back(x.shape()[first_window_axis + i]);
    whole *= window.size;
    are_equal = are_equal && (counts_padding ? window.beyond.is(0) : !window.is_padded());
    if (!counts_padding) continue;
    shape.back() = shape.back() + window.before + window.after;
    borders[i].before = borders[i].after = 0;
  }
  if (are_equal) return scalar_like(x, static_cast<double>(whole));
  return sums(padded(fill(node.graph(), x.dtype(), shape, 1), borders, 0), windows);
}

Values average_pool(const ImportNode& node) {
  Value x = node.input(0);
  std::vector<Window> windows = windows_of(node, x, node.integers("kernel_shape"));
  return {sums(padded(x, windows, 0), windows) / counts(node, x, windows)};
}

// The indices of the largest elements, its second result, are not given.
Values max_pool(const ImportNode& node) {
  Value x = node.input(0);
  std::vector<Window> windows = windows_of(node, x, node.integers("kernel_shape"));
  double lowest = -std::numeric_limits<double>::infinity();
  if (x.dtype() == DType::int32) lowest = std::numeric_limits<std::int32_t>::lowest();
  if (x.dtype() == DType::int64) lowest = static_cast<double>(std::numeric_limits<std::int64_t>::lowest());
  x = padded(x, windows, lowest);
  for (std::size_t i = 0; i < windows.size(); ++i) {
    auto axis = static_cast<std::int64_t>(first_window_axis + i);
    if (!windows[i].is_whole()) x = max(gathered(x, windows[i], first_window_axis + i), {axis});
  }
  return {x};
}

// (sum |x|^p)^(1/p)
Values lp_pool(const ImportNode& node) {
  Value x = node.input(0);
  auto p = static_cast<double>(node.integer("p", 2));
  std::vector<Window> windows = windows_of(node, x, node.integers("kernel_shape"));
  Value powers = pow(abs(padded(x, windows, 0)), scalar_like(x, p));
  return {pow(sums(powers, windows), scalar_like(x, 1 / p))};
}

Axes window_axes(const ImportNode& node, Value x) {
  node.require(x.rank() > first_window_axis, "X is ", x.type().text(), " but [batch, channels, ...] is needed");
  return axes_by(first_window_axis, 1, x.rank() - first_window_axis);
}

Values global_average(const ImportNode& node) { return {mean(node.input(0), window_axes(node, node.input(0)), true)}; }
Values global_max(const ImportNode& node) { return {max(node.input(0), window_axes(node, node.input(0)), true)}; }

Values global_lp(const ImportNode& node) {
  Value x = node.input(0);
  auto p = static_cast<double>(node.integer("p", 2));
  return {pow(sum(pow(abs(x), scalar_like(x, p)), window_axes(node, x), true), scalar_like(x, 1 / p))};
}

// x / (bias + alpha / size * the sum of squares over `size` channels around each)^beta
Values local_response_normalization(const ImportNode& node) {
  Value x = node.input(0);
  node.require(x.rank() >= 2, "X is ", x.type().text(), " but [batch, channels, ...] is needed");
  std::int64_t size = node.integer("size");
  node.require(size > 0, "size is ", size, " but must be above 0");
  double alpha = node.real("alpha", 1e-4), beta = node.real("beta", 0.75), bias = node.real("bias", 1);
  Dims before(x.rank(), 0), after(x.rank(), 0);
  before[1] = (size - 1) / 2;
  after[1] = size / 2;
  Window window{.size = size, .count = x.dim(1)};
  Value squares = sum(gathered(pad(square(x), before, after), window, 1), {1});
  return {x / pow(squares * (alpha / static_cast<double>(size)) + bias, scalar_like(x, beta))};
}

constexpr ImportRule rules[] = {
    {"Conv", convolution},
    {"ConvTranspose", transposed_convolution},
    {"AveragePool", average_pool},
    {"MaxPool", max_pool},
    {"LpPool", lp_pool},
    {"GlobalAveragePool", global_average},
    {"GlobalMaxPool", global_max},
    {"GlobalLpPool", global_lp},
    {"LRN", local_response_normalization},
};

}  // namespace

ImportRules window_imports() { return rules; }

}  // namespace gradloom
