// Pictures as SVG text: what attention looked at, and curves. Colours are CSS variables, so that one picture is right
// on a light and on a dark page; in a file of its own it brings them along.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/alignment.h"

namespace gradloom {

/// What each target word looked at.
struct AttentionMap {
  std::vector<std::string> sources, targets;  ///< words
  std::vector<float> weights;                 ///< [targets, sources], each 0 to 1
  std::vector<AlignmentLink> expected = {};   ///< cells to outline: the words that correspond, where that is known
};

/// The `<svg>` element: source words above, target words left, a cell for every weight, the number in its title. A
/// UserError when the sizes disagree.
std::string attention_svg(const AttentionMap& map);

struct Curve {
  std::string name;
  std::vector<std::pair<double, double>> points;  ///< x, y; those that are not finite leave a gap
};

struct LineChart {
  std::string title, x_name, y_name;
  std::vector<Curve> curves;               ///< at most 4 have colours of their own
  bool marks = false;                      ///< a dot at every point
  std::vector<std::string> x_labels = {};  ///< of x = 0, 1, 2, ...; empty: x is a number
};

/// The `<svg>` element. The y axis begins at 0 unless a value is below it. Every point's numbers are in its title.
std::string line_chart_svg(const LineChart& chart);

/// The style that the elements above need: the variables, light and dark, and the classes.
std::string_view picture_style();

/// The element as a file of its own.
std::string svg_file(std::string_view svg);

}  // namespace gradloom
