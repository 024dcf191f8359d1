// Boxes are laid out from the inside out: rows of what is in them, one below the other, so that data flows downwards.
#include "serialization/graph_svg.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <vector>

#include "base/text.h"

namespace gradloom {

namespace {

using Kind = OutlineItem::Kind;

constexpr double character_width = 6.2, line_height = 14, padding = 12, gap = 22, title_height = 20, row_gap = 34;
constexpr double widest_row = 1100;
// Types beside more lines than these would cover each other.
constexpr std::size_t most_labels = 140;
// Beside a longer line a type would be taken for that of something it passes.
constexpr double longest_labelled = 110;

constexpr const char* style =
    "<style>\n"
    ":root{color-scheme:light dark;--page:#fff;--ink:#1c2330;--dim:#5b6575;--line:#8a94a6;--scope:#f3f5f8;"
    "--leaf:#fff;--forward:#2f5fb3;--gradient:#b5541c;--value:#2c7a4b}\n"
    "@media (prefers-color-scheme:dark){:root{--page:#12161d;--ink:#e4e8ef;--dim:#9aa5b6;--line:#66718a;"
    "--scope:#1a202a;--leaf:#12161d;--forward:#7ea6ee;--gradient:#e79a63;--value:#74c796}}\n"
    "svg{background:var(--page)}text{font:11px ui-sans-serif,system-ui,sans-serif;fill:var(--ink)}\n"
    ".d{fill:var(--dim);font-size:9.5px}.e{fill:none;stroke:var(--line);stroke-width:1}\n"
    ".b{fill:var(--scope);stroke:var(--forward);stroke-width:1}.l{fill:var(--leaf);stroke:var(--forward)}\n"
    ".g .b,.g .l,.b.g,.l.g{stroke:var(--gradient)}.v{stroke:var(--value)}.t{font-weight:600}\n"
    ".loop{stroke-dasharray:6 3}\n"
    "</style>\n";

std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

// One decimal, without a needless zero: the same bytes on every machine.
std::string pixels(double value) { return number_text(std::round(value * 10) / 10); }

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

struct Rectangle {
  double x = 0, y = 0, width = 0, height = 0;
};

class Picture {
 public:
  Picture(const GraphOutline& outline, std::size_t most)
      : outline_(outline),
        is_open_(open_boxes(outline, most)),
        visible_(visible_items(outline, is_open_)),
        place_(outline.items.size()) {}

  std::string text() {
    measure(0);
    place_[0].x = place_[0].y = padding;
    move_inside(0);
    draw(0);
    draw_edges();
    double width = place_[0].width + 2 * padding, height = place_[0].height + 2 * padding;
    return concat_text("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"", pixels(width), "\" height=\"",
                       pixels(height), "\" viewBox=\"0 0 ", pixels(width), " ", pixels(height), "\">\n", style, boxes_,
                       edges_, leaves_, "</svg>\n");
  }

 private:
  const OutlineItem& item(std::size_t i) const { return outline_.items[i]; }
  bool shows_inside(std::size_t i) const { return item(i).is_box() && is_open_[i]; }

  std::string title(std::size_t i) const {
    const OutlineItem& it = item(i);
    if (it.kind == Kind::scope || it.operation.empty() || it.operation == it.name) return it.name;
    // `mul_2` says no more than `mul`.
    bool is_numbered = it.name.starts_with(it.operation + "_");
    return it.kind == Kind::operation && is_numbered ? it.operation : concat_text(it.name, ": ", it.operation);
  }
  std::string subtitle(std::size_t i) const {
    const OutlineItem& it = item(i);
    if (it.is_box()) return concat_text(it.num_operations, it.num_operations == 1 ? " operation" : " operations");
    return first_line(it.detail);
  }

  // Children of each row, rows cut where they get too wide. The same order each time: by item.
  std::vector<std::vector<std::size_t>> rows(std::size_t box) const {
    std::map<std::size_t, std::vector<std::size_t>> by_row;
    for (std::size_t child : item(box).children) by_row[item(child).row].push_back(child);
    std::vector<std::vector<std::size_t>> result;
    for (const auto& [row, children] : by_row) {
      double width = widest_row + 1;
      for (std::size_t child : children) {
        if (width + place_[child].width > widest_row) {
          result.emplace_back();
          width = 0;
        }
        result.back().push_back(child);
        width += place_[child].width + gap;
      }
    }
    return result;
  }

  void measure(std::size_t i) {
    Rectangle& place = place_[i];
    double title_width = character_width * static_cast<double>(title(i).size());
    if (!shows_inside(i)) {
      double longest = std::max(title_width, 0.86 * character_width * static_cast<double>(subtitle(i).size()));
      place.width = longest + 2 * padding;
      place.height = (subtitle(i).empty() ? 1 : 2) * line_height + 8;
      return;
    }
    for (std::size_t child : item(i).children) measure(child);
    place.width = title_width + 2 * padding;
    place.height = title_height + padding;
    for (const auto& row : rows(i)) {
      double width = -gap, height = 0;
      for (std::size_t child : row) {
        width += place_[child].width + gap;
        height = std::max(height, place_[child].height);
      }
      place.width = std::max(place.width, width + 2 * padding);
      place.height += height + row_gap;
    }
    if (!item(i).children.empty()) place.height += padding - row_gap;
  }

  void move_inside(std::size_t i) {
    if (!shows_inside(i)) return;
    double y = place_[i].y + title_height + padding;
    for (const auto& row : rows(i)) {
      double width = -gap, height = 0;
      for (std::size_t child : row) width += place_[child].width + gap;
      double x = place_[i].x + (place_[i].width - width) / 2;
      for (std::size_t child : row) {
        place_[child].x = x;
        place_[child].y = y;
        x += place_[child].width + gap;
        height = std::max(height, place_[child].height);
        move_inside(child);
      }
      y += height + row_gap;
    }
  }

  void draw(std::size_t i) {
    const OutlineItem& it = item(i);
    const Rectangle& place = place_[i];
    bool is_value = it.kind != Kind::operation && !it.is_box();
    std::string look = concat_text(it.is_box() ? "b" : "l", it.is_gradient ? " g" : "", is_value ? " v" : "",
                                   it.kind == Kind::body && i != 0 ? " loop" : "");
    std::string& out = shows_inside(i) ? boxes_ : leaves_;
    out += concat_text("<g><title>", escaped(it.path), it.detail.empty() ? "" : "\n", escaped(it.detail),
                       "</title><rect class=\"", look, "\" x=\"", pixels(place.x), "\" y=\"", pixels(place.y),
                       "\" width=\"", pixels(place.width), "\" height=\"", pixels(place.height), "\" rx=\"",
                       is_value ? "12" : "5", "\"/>");
    double x = place.x + padding, y = place.y + line_height;
    out += concat_text("<text", it.is_box() ? " class=\"t\"" : "", " x=\"", pixels(x), "\" y=\"", pixels(y), "\">",
                       escaped(title(i)), "</text>");
    if (!shows_inside(i) && !subtitle(i).empty())
      out += concat_text("<text class=\"d\" x=\"", pixels(x), "\" y=\"", pixels(y + line_height), "\">",
                         escaped(subtitle(i)), "</text>");
    out += "</g>\n";
    if (!shows_inside(i)) return;
    for (std::size_t child : it.children) draw(child);
  }

  void draw_edges() {
    std::map<std::pair<std::size_t, std::size_t>, std::set<std::string>> lines;
    for (const OutlineEdge& edge : outline_.edges) {
      std::size_t from = visible_[edge.from], to = visible_[edge.to];
      if (from != to) lines[{from, to}].insert(edge.type);
    }
    for (const auto& [ends, types] : lines) {
      const Rectangle &from = place_[ends.first], &to = place_[ends.second];
      double x1 = from.x + from.width / 2, y1 = from.y + from.height, x2 = to.x + to.width / 2, y2 = to.y;
      double bend = std::clamp(std::abs(y2 - y1) / 2, 14.0, 60.0);
      std::string label = types.size() == 1 ? *types.begin() : concat_text(types.size(), " types");
      edges_ += concat_text("<g><title>", escaped(item(ends.first).path), " to ", escaped(item(ends.second).path));
      for (const std::string& type : types) edges_ += "\n" + escaped(type);
      edges_ += concat_text("</title><path class=\"e\" d=\"M", pixels(x1), " ", pixels(y1), "C", pixels(x1), " ",
                            pixels(y1 + bend), " ", pixels(x2), " ", pixels(y2 - bend), " ", pixels(x2), " ",
                            pixels(y2), "\"/>");
      // An arrow's head.
      edges_ += concat_text("<path fill=\"var(--line)\" d=\"M", pixels(x2 - 3), " ", pixels(y2 - 5), "h6l-3 5z\"/>");
      if (lines.size() <= most_labels && y2 > y1 && y2 - y1 < longest_labelled)
        edges_ += concat_text("<text class=\"d\" x=\"", pixels((x1 + x2) / 2 + 3), "\" y=\"", pixels((y1 + y2) / 2),
                              "\">", escaped(label), "</text>");
      edges_ += "</g>\n";
    }
  }

  const GraphOutline& outline_;
  std::vector<bool> is_open_;
  std::vector<std::size_t> visible_;
  std::vector<Rectangle> place_;
  std::string boxes_, edges_, leaves_;  // lines lie under what they connect
};

}  // namespace

std::string graph_svg(const GraphOutline& outline, std::size_t most) { return Picture(outline, most).text(); }

}  // namespace gradloom
