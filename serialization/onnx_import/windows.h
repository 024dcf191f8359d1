// Windows that move along axes: what convolutions and poolings of ONNX share. The windows of an axis are gathered to
// two axes, places in the window and places of the window, so that a convolution is one product and a pooling a
// reduction.
#pragma once

#include <vector>

#include "serialization/onnx_import/operators.h"

namespace gradloom {

/// How a window moves along one axis.
struct Window {
  std::int64_t size = 1, stride = 1, dilation = 1;
  Dim before = 0, after = 0;  ///< padding
  Dim beyond = 0;             ///< what the last window needs behind the padding (ceil_mode)
  Dim count = 1;              ///< of windows

  /// From the first to the last element of a window.
  Dim extent() const { return (Dim(size) - 1) * dilation + 1; }
  bool is_padded() const { return !before.is(0) || !after.is(0) || !beyond.is(0); }
  bool is_whole() const { return size == 1 && stride == 1; }
};

/// The axis of the first window: 0 is the batch, 1 are the channels.
inline constexpr std::size_t first_window_axis = 2;

/// One window for each axis of x behind the channels, from the attributes strides, dilations, pads, auto_pad and
/// ceil_mode. A UserError when x has no such axes or a list has another length.
std::vector<Window> windows_of(const ImportNode& node, Value x, const std::vector<std::int64_t>& sizes);

/// An attribute with one number for each axis; the fallback for all when it is not given.
std::vector<std::int64_t> numbers_of_axes(const ImportNode& node, std::string_view name, std::size_t axes,
                                          std::int64_t fallback);

/// int64 [size, count]: the elements of each window.
Value window_places(Graph& graph, std::int64_t size, std::int64_t stride, std::int64_t dilation, const Dim& count);

/// x padded with a value at every axis that has a window.
Value padded(Value x, const std::vector<Window>& windows, double value);

/// The axis of a window as two: [size, count].
Value gathered(Value x, const Window& window, std::size_t axis);

/// All of them: [batch, channels, size, count, size, count, ...].
Value gathered(Value x, const std::vector<Window>& windows);

/// What belongs to a channel as [channels, 1, ...], to go with axis 1 of a tensor of the rank. A UserError when it is
/// of rank 1 and has not one element for each channel: it would broadcast.
Value of_channels(const ImportNode& node, Value statistic, const Dim& channels, std::size_t rank);

}  // namespace gradloom
