// See windows.h.
#include "serialization/onnx_import/windows.h"

namespace gradloom {

namespace {

// Explicit padding. With ceil_mode a last window may stand over the end, but none begins behind the input.
void pad_explicitly(Window& window, const Dim& size, bool rounds_up) {
  Dim room = size + window.before + window.after - window.extent();
  window.count = (rounds_up ? ceildiv(room, window.stride) : floordiv(room, window.stride)) + 1;
  if (!rounds_up) return;
  Dim last = (window.count - 1) * window.stride, end = size + window.before;
  if (last.is_constant() && end.is_constant() && last.constant() >= end.constant()) window.count = window.count - 1;
  window.beyond = max(0, (window.count - 1) * window.stride - room);
}

// As many windows as strides fit, what they lack padded evenly; the odd element behind (SAME_UPPER) or in front.
void pad_to_same(Window& window, const Dim& size, bool upper) {
  window.count = ceildiv(size, window.stride);
  Dim total = max(0, (window.count - 1) * window.stride + window.extent() - size);
  Dim half = floordiv(total, 2);
  window.before = upper ? half : total - half;
  window.after = total - window.before;
}

}  // namespace

std::vector<std::int64_t> numbers_of_axes(const ImportNode& node, std::string_view name, std::size_t axes,
                                          std::int64_t fallback) {
  std::vector<std::int64_t> numbers = node.integers(name, std::vector<std::int64_t>(axes, fallback));
  node.require(numbers.size() == axes, name, " has ", numbers.size(), " numbers but ", axes, " are needed");
  return numbers;
}

std::vector<Window> windows_of(const ImportNode& node, Value x, const std::vector<std::int64_t>& sizes) {
  node.require(x.rank() > first_window_axis, "X is ", x.type().text(), " but [batch, channels, ...] is needed");
  std::size_t axes = x.rank() - first_window_axis;
  node.require(sizes.size() == axes, "the window has ", sizes.size(), " axes but X has ", axes, " behind its channels");
  auto strides = numbers_of_axes(node, "strides", axes, 1), dilations = numbers_of_axes(node, "dilations", axes, 1);
  auto pads = numbers_of_axes(node, "pads", 2 * axes, 0);
  std::string padding = node.text("auto_pad", "NOTSET");
  bool is_explicit = padding == "NOTSET" || padding == "VALID" || padding.empty();
  node.require(is_explicit || padding == "SAME_UPPER" || padding == "SAME_LOWER", "auto_pad is \"", padding,
               "\" but NOTSET, VALID, SAME_UPPER or SAME_LOWER is needed");
  std::vector<Window> windows;
  for (std::size_t i = 0; i < axes; ++i) {
    node.require(sizes[i] > 0 && strides[i] > 0 && dilations[i] > 0, "size, stride and dilation of the window are ",
                 sizes[i], ", ", strides[i], " and ", dilations[i], " but must be above 0");
    Window window{.size = sizes[i], .stride = strides[i], .dilation = dilations[i]};
    const Dim& size = x.shape()[first_window_axis + i];
    if (is_explicit) {
      if (padding != "VALID") {
        window.before = pads[i];
        window.after = pads[axes + i];
      }
      pad_explicitly(window, size, node.flag("ceil_mode", false));
    } else {
      pad_to_same(window, size, padding == "SAME_UPPER");
    }
    node.require(!window.count.is_constant() || window.count.constant() >= 0, "a window of ", window.extent(),
                 " elements is larger than axis ", first_window_axis + i, " of ", size, " with its padding of ",
                 window.before, " and ", window.after);
    windows.push_back(window);
  }
  return windows;
}

Value window_places(Graph& graph, std::int64_t size, std::int64_t stride, std::int64_t dilation, const Dim& count) {
  Value inside = expand_dims(range(graph, size) * static_cast<double>(dilation), {1});
  return inside + range(graph, count) * static_cast<double>(stride);
}

Value padded(Value x, const std::vector<Window>& windows, double value) {
  Dims before(x.rank(), 0), after(x.rank(), 0);
  bool is_padded = false;
  for (std::size_t i = 0; i < windows.size(); ++i) {
    before[first_window_axis + i] = windows[i].before;
    after[first_window_axis + i] = windows[i].after + windows[i].beyond;
    is_padded = is_padded || windows[i].is_padded();
  }
  return is_padded ? pad(x, before, after, value) : x;
}

Value gathered(Value x, const Window& window, std::size_t axis) {
  auto at = static_cast<std::int64_t>(axis);
  if (window.is_whole()) return expand_dims(x, {at});
  return gather(x, window_places(x.graph(), window.size, window.stride, window.dilation, window.count), at);
}

Value gathered(Value x, const std::vector<Window>& windows) {
  for (std::size_t i = windows.size(); i-- > 0;) x = gathered(x, windows[i], first_window_axis + i);
  return x;
}

Value of_channels(const ImportNode& node, Value statistic, const Dim& channels, std::size_t rank) {
  node.require(statistic.rank() != 1 || statistic.dim(0) == channels, "a value for each channel is ",
               statistic.type().text(), " but there are ", channels, " channels");
  Axes behind;
  for (std::size_t axis = 1; axis + 1 < rank; ++axis) behind.push_back(static_cast<std::int64_t>(axis));
  return behind.empty() || statistic.rank() != 1 ? statistic : expand_dims(statistic, behind);
}

}  // namespace gradloom
