// Looking for NaN and infinity, and describing them.
#include "runtime/finite_check.h"

#include <cmath>
#include <limits>

#include "base/error.h"

namespace gradloom {

namespace {

// The flat position of the first number that is not finite, or -1.
std::int64_t find_not_finite(const TensorView& view) {
  if (!is_float(view.dtype)) return -1;
  return visit_float(view.dtype, [&]<class T>() -> std::int64_t {
    auto values = view.as<T>();
    for (std::size_t i = 0; i < values.size(); ++i)
      if (!std::isfinite(values[i])) return static_cast<std::int64_t>(i);
    return -1;
  });
}

std::string number_at(const TensorView& view, std::int64_t flat) {
  return visit_float(view.dtype, [&]<class T>() {
    return number_text(static_cast<double>(view.as<T>()[static_cast<std::size_t>(flat)]));
  });
}

std::string position_text(const Shape& shape, std::int64_t flat) {
  Shape position(shape.size());
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    position[axis] = flat % shape[axis];
    flat /= shape[axis];
  }
  return shape_text(position);
}

std::string range_text(const TensorView& view) {
  std::string kind = concat_text(name_of(view.dtype), " ", shape_text(view.shape));
  if (view.size() == 0) return kind;
  return visit(view.dtype, [&]<class T>() {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    std::int64_t nans = 0;
    for (T element : view.as<T>()) {
      auto value = static_cast<double>(element);
      nans += std::isnan(value) ? 1 : 0;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    std::string text = kind;
    if (low <= high) text += concat_text(" from ", number_text(low), " to ", number_text(high));
    if (nans > 0) text += concat_text(low <= high ? " and " : " of ", nans, " nan");
    return text;
  });
}

std::string input_text(const OpDef& op, std::size_t i) {
  std::size_t named = op.inputs.size();
  if (named == 0) return concat_text("input ", i);
  std::string_view name = op.inputs[std::min(i, named - 1)];
  if (name.ends_with("...")) return concat_text(name.substr(0, name.size() - 3), "[", i - (named - 1), "]");
  return std::string(name.ends_with("?") ? name.substr(0, name.size() - 1) : name);
}

}  // namespace

void check_finite(const Kernel& kernel) {
  for (std::size_t i = 0; i < kernel.num_outputs(); ++i) {
    std::int64_t flat = find_not_finite(kernel.output(i));
    if (flat < 0) continue;
    const Node& node = kernel.node();
    std::string text = concat_text(node.op->name, ": the result has ", number_at(kernel.output(i), flat), " at ",
                                   position_text(kernel.output(i).shape, flat), "\n  in ", node.name);
    for (std::size_t j = 0; j < kernel.num_inputs(); ++j)
      text += concat_text("\n  ", input_text(*node.op, j), ": ", range_text(kernel.input(j)));
    throw UserError(text, Fault::input);
  }
}

void check_finite(const TensorView& view, const std::string& what) {
  std::int64_t flat = find_not_finite(view);
  require(flat < 0, Fault::input, what, " has ", flat < 0 ? "" : number_at(view, flat), " at ",
          flat < 0 ? "" : position_text(view.shape, flat), "; ", flat < 0 ? "" : range_text(view));
}

}  // namespace gradloom
