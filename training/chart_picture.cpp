// Line charts: axes with round numbers, a legend, curves with their points' numbers in titles.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "base/text.h"
#include "training/markup.h"
#include "training/picture.h"

namespace gradloom {

namespace {

// Small enough that its text stays legible when a phone shows the whole width.
constexpr double width = 420, plot = 178;  // the curves' own height
constexpr double left = 56, right = 22, bottom = 40;
constexpr double size_of_letter = 7.2;
constexpr double row = 17, first_row = 34;  // of the legend
constexpr double name_at = 23;              // of a name in the legend, behind a piece of its curve
constexpr std::size_t colours = 4;
constexpr double wanted_ticks = 5;

std::string at(double value) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%.1f", value);
  return buffer;
}

// Counts of updates and sentences are read without a power of ten.
std::string short_number(double value) {
  char buffer[64];
  double magnitude = std::abs(value);
  std::snprintf(buffer, sizeof buffer, magnitude >= 1000 && magnitude < 1e8 ? "%.0f" : "%.4g", value);
  return buffer;
}

struct Axis {
  double low = 0, high = 1, step = 1;
};

// The least of 1, 2, 5, 10, 20, ... times a power of ten that makes at most so many steps of the span.
double round_step(double span) {
  double power = std::pow(10, std::floor(std::log10(span / wanted_ticks)));
  for (double factor : {1.0, 2.0, 5.0})
    if (factor * power * wanted_ticks >= span * (1 - 1e-9)) return factor * power;
  return 10 * power;
}

bool is_finite(const std::pair<double, double>& point) {
  return std::isfinite(point.first) && std::isfinite(point.second);
}

Axis axis_of(const LineChart& chart, double std::pair<double, double>::*side, bool round_ends) {
  double low = 0, high = 0;
  for (const Curve& curve : chart.curves)
    for (const auto& point : curve.points)
      if (is_finite(point)) low = std::min(low, point.*side), high = std::max(high, point.*side);
  if (high - low <= 0) high = low + 1;
  Axis axis{low, high, round_step(high - low)};
  if (round_ends) {
    axis.low = std::floor(low / axis.step + 1e-9) * axis.step;
    axis.high = std::ceil(high / axis.step - 1e-9) * axis.step;
  }
  return axis;
}

class ChartWriter {
 public:
  explicit ChartWriter(const LineChart& chart)
      : chart_(chart),
        x_(axis_of(chart, &std::pair<double, double>::first, false)),
        y_(axis_of(chart, &std::pair<double, double>::second, true)) {
    // Named places have half a step of room on both sides.
    if (!chart.x_labels.empty()) x_ = {-0.5, static_cast<double>(chart.x_labels.size()) - 0.5, 1};
    place_legend();
  }

  std::string text() {
    std::string title = escape_markup(chart_.title);
    out_ = concat_text("<svg class=\"chart\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 ", at(width), " ",
                       at(height()), "\" role=\"img\" aria-label=\"", title, "\">\n<text class=\"title\" x=\"", at(10),
                       "\" y=\"18\">", title, "</text>\n");
    write_legend();
    write_y_axis();
    write_x_axis();
    for (std::size_t i = 0; i < chart_.curves.size(); ++i) write_curve(chart_.curves[i], i);
    return out_ + "</svg>\n";
  }

 private:
  double x_place(double x) const { return left + (x - x_.low) / (x_.high - x_.low) * (width - left - right); }
  double y_place(double y) const { return height() - bottom - (y - y_.low) / (y_.high - y_.low) * plot; }
  double height() const { return legend_end_ + plot + bottom; }
  static std::string colour(std::size_t curve) { return concat_text("curve", curve % colours + 1); }

  void line(double x1, double y1, double x2, double y2, std::string_view attributes) {
    out_ += concat_text("<line x1=\"", at(x1), "\" y1=\"", at(y1), "\" x2=\"", at(x2), "\" y2=\"", at(y2), "\"",
                        attributes, "/>\n");
  }
  void text(double x, double y, std::string_view attributes, std::string_view text) {
    out_ += concat_text("<text x=\"", at(x), "\" y=\"", at(y), "\"", attributes, ">", escape_markup(text), "</text>\n");
  }

  // Names side by side; in a row of its own what does not fit beside the others, cut when it is longer than that.
  void place_legend() {
    constexpr auto longest = static_cast<std::int64_t>((width - 20 - name_at) / size_of_letter);
    double x = 10, y = first_row;
    for (const Curve& curve : chart_.curves) {
      std::string shown = shortened(curve.name, longest);
      double taken = name_at + static_cast<double>(column_count(shown)) * size_of_letter;
      if (x > 10 && x + taken > width - 10) x = 10, y += row;
      legend_.push_back({x, y, std::move(shown)});
      x += taken + 14;
    }
    legend_end_ = y + 18;
  }

  void write_legend() {
    for (std::size_t i = 0; i < legend_.size(); ++i) {
      const auto& [x, y, name] = legend_[i];
      line(x, y, x + 18, y, concat_text(" class=\"", colour(i), "\""));
      text(x + name_at, y + 4, "", name);
    }
  }

  void write_y_axis() {
    auto steps = static_cast<int>(std::lround((y_.high - y_.low) / y_.step));
    for (int i = 0; i <= steps; ++i) {
      double y = y_.low + i * y_.step;
      if (std::abs(y) < y_.step * 1e-6) y = 0;
      line(left, y_place(y), width - right, y_place(y), i == 0 ? " class=\"axis\"" : " class=\"grid\"");
      text(left - 6, y_place(y) + 4, " text-anchor=\"end\"", short_number(y));
    }
    text(width - right, 18, " class=\"name\" text-anchor=\"end\"", chart_.y_name);
  }

  void write_x_axis() {
    double y = height() - bottom + 17;
    if (chart_.x_labels.empty()) {
      for (double x = std::ceil(x_.low / x_.step - 1e-9) * x_.step; x <= x_.high * (1 + 1e-9); x += x_.step)
        text(x_place(x), y, " text-anchor=\"middle\"", short_number(std::abs(x) < x_.step * 1e-6 ? 0 : x));
    } else {
      for (std::size_t i = 0; i < chart_.x_labels.size(); ++i)
        text(x_place(static_cast<double>(i)), y, " text-anchor=\"middle\"", chart_.x_labels[i]);
    }
    text((left + width - right) / 2, height() - 6, " class=\"name\" text-anchor=\"middle\"", chart_.x_name);
  }

  void write_curve(const Curve& curve, std::size_t index) {
    std::string path;
    bool is_drawing = false;
    for (const auto& point : curve.points) {
      if (is_finite(point))
        path += concat_text(is_drawing ? "L" : "M", at(x_place(point.first)), " ", at(y_place(point.second)));
      is_drawing = is_finite(point);
    }
    if (!path.empty()) out_ += concat_text("<path class=\"", colour(index), "\" d=\"", path, "\"/>\n");
    for (const auto& point : curve.points) {
      if (!is_finite(point)) continue;
      out_ += concat_text("<circle class=\"", colour(index), "\" cx=\"", at(x_place(point.first)), "\" cy=\"",
                          at(y_place(point.second)), "\" r=\"", chart_.marks ? "3.5" : "5", "\"",
                          chart_.marks ? "" : " opacity=\"0\"", "><title>", escape_markup(curve.name), ", ",
                          x_name(point.first), ": ", short_number(point.second), "</title></circle>\n");
    }
  }

  std::string x_name(double x) const {
    auto i = static_cast<std::size_t>(std::max(0.0, x));
    std::string value = i < chart_.x_labels.size() ? chart_.x_labels[i] : short_number(x);
    return concat_text(escape_markup(chart_.x_name), " ", escape_markup(value));
  }

  struct LegendEntry {
    double x, y;
    std::string name;
  };

  const LineChart& chart_;
  Axis x_, y_;
  std::vector<LegendEntry> legend_;
  double legend_end_ = 0;
  std::string out_;
};

}  // namespace

std::string line_chart_svg(const LineChart& chart) { return ChartWriter(chart).text(); }

}  // namespace gradloom
