// Pictures and pages: whatever words they hold they stay well-formed, and they show the numbers they were given.
#include "training/picture.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "training/markup.h"
#include "training/report.h"

using namespace gradloom;

namespace {

// Whether every element is closed in order and nothing but the five entities follows an ampersand; that is what
// hostile words would break.
bool is_well_formed(std::string_view xml) {
  std::vector<std::string> open;
  for (std::size_t i = 0; i < xml.size(); ++i) {
    if (xml[i] == '&') {
      std::string_view entity = xml.substr(i, xml.find(';', i) - i + 1);
      bool is_known =
          entity == "&amp;" || entity == "&lt;" || entity == "&gt;" || entity == "&quot;" || entity == "&#39;";
      if (!is_known) return false;
    }
    if (xml[i] != '<') continue;
    std::size_t end = xml.find('>', i);
    if (end == std::string_view::npos) return false;
    std::string_view tag = xml.substr(i + 1, end - i - 1);
    if (tag.find('<') != std::string_view::npos) return false;
    if (std::ranges::count(tag, '"') % 2 != 0) return false;
    std::string name(tag.substr(0, tag.find_first_of(" />", 1)));
    if (tag.starts_with("/")) {
      if (open.empty() || "/" + open.back() != name) return false;
      open.pop_back();
    } else if (!tag.ends_with("/") && !tag.starts_with("?")) {
      open.push_back(name);
    }
    i = end;
  }
  return open.empty();
}

std::vector<std::string> hostile_words() {
  using namespace std::string_literals;
  return {"</text><script>alert(1)</script>",
          "\" onload=\"alert(1)",
          "' style='x",
          "&lt;&#x3c;&",
          "]]><!--",
          "a\x01\x1b[31m\x00z"s,
          "\xff\xfe\xc3",
          "\xef\xbf\xbf",
          std::string(5000, 'w'),
          ""};
}

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t i = text.find(part); i != std::string_view::npos; i = text.find(part, i + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE("training/picture: markup is escaped and what XML forbids replaced") {
  CHECK(escape_markup("a < b & \"c\" > 'd'") == "a &lt; b &amp; &quot;c&quot; &gt; &#39;d&#39;");
  CHECK(escape_markup("été 猫 😀\t\n") == "été 猫 😀\t\n");
  CHECK(escape_markup(std::string_view("a\0b\x1b\x7f", 5)) == "a\uFFFDb\uFFFD\uFFFD");
  CHECK(escape_markup("\xff|\xef\xbf\xbf|\xed\xa0\x80") == "\uFFFD|\uFFFD|\uFFFD\uFFFD\uFFFD");
}

TEST_CASE("training/picture: columns count wide characters twice and marks not at all") {
  CHECK(column_count("chat") == 4);
  CHECK(column_count("猫が") == 4);
  CHECK(column_count("e\u0301te\u0301") == 3);
  CHECK(shortened("chat", 4) == "chat");
  CHECK(shortened("chaton", 4) == "cha…");
  CHECK(shortened("猫猫猫", 4) == "猫…");
}

TEST_CASE("training/picture: an attention map has a cell for every weight with its number") {
  AttentionMap map{{"the", "black", "cat"}, {"le", "chat"}, {0.9f, 0.05f, 0.05f, 0.001f, 0.2f, 0.799f}, {{2, 1}}};
  std::string svg = attention_svg(map);
  CHECK(is_well_formed(svg));
  CHECK(count_of(svg, "<rect class=\"ground\"") == 6);
  CHECK(count_of(svg, "<rect class=\"weight\"") == 5);  // 0.001 is as good as nothing
  CHECK(count_of(svg, "<title>chat ← cat: 0.799, these correspond</title>") == 1);
  CHECK(count_of(svg, "<title>le ← the: 0.900</title>") == 1);
  CHECK(count_of(svg, "fill-opacity=\"0.80\"") == 1);
  CHECK(count_of(svg, "<rect class=\"expected\"") == 1);
  CHECK(is_well_formed(attention_svg({})));
  map.weights.pop_back();
  CHECK_THROWS_WITH_AS(attention_svg(map), "attention map: 5 weights given, 2 target words times 3 source words need 6",
                       UserError);
}

TEST_CASE("training/picture: hostile words stay words") {
  std::vector<std::string> words = hostile_words();
  AttentionMap map{words, words, std::vector<float>(words.size() * words.size(), 0.5f)};
  map.weights[0] = std::nanf("");
  map.weights[1] = 7;
  std::string svg = attention_svg(map);
  CHECK(is_well_formed(svg));
  CHECK(count_of(svg, "<script") == 0);
  CHECK(is_well_formed(svg_file(svg)));

  LineChart chart;
  for (const std::string& word : words) {
    chart.title = chart.x_name = chart.y_name = word;
    chart.x_labels = {word, word};
    chart.curves.push_back({word, {{0, 1}, {1, 2}}});
    CHECK(is_well_formed(line_chart_svg(chart)));
  }

  ReportPage page(words[0]);
  for (const std::string& word : words) {
    page.heading(word);
    page.paragraph(word);
    page.list(std::vector<std::pair<std::string, std::string>>{{word, word}});
  }
  page.table(words, std::vector<std::vector<std::string>>{words, words});
  page.figures(std::vector<ReportPage::Figure>{{svg, words[0]}});
  std::string html = page.html();
  std::size_t body = html.find("<body>");
  CHECK(is_well_formed(std::string_view(html).substr(body, html.find("</html>") - body)));
  CHECK(count_of(html, "<script") == 0);
}

TEST_CASE("training/picture: a chart has round numbers at its axes and every point's numbers in a title") {
  LineChart chart{"Loss", "updates", "nats", {{"attention", {{0, 6.9}, {500, 2.5}, {1000, 0.4}}}}};
  std::string svg = line_chart_svg(chart);
  CHECK(is_well_formed(svg));
  for (const char* label : {">0<", ">2<", ">4<", ">6<", ">8<", ">200<", ">1000<"}) CHECK(count_of(svg, label) >= 1);
  CHECK(count_of(svg, "<title>attention, updates 500: 2.5</title>") == 1);
}

TEST_CASE("training/picture: numbers at the axes are written out up to a hundred millions, and stay in the picture") {
  LineChart chart{"Rate", "updates", "", {{"rate", {{0, 0}, {10000, 0.0015}, {12000, 0.0002}}}}};
  std::string svg = line_chart_svg(chart);
  CHECK(count_of(svg, ">10000</text>") == 1);
  CHECK(count_of(svg, "e+0") == 0);
  // Six letters of 7.2 end before the axis.
  CHECK(count_of(svg, "x=\"50.0\"") >= 3);
  CHECK(count_of(svg, ">0.0015</text>") == 1);
}

TEST_CASE("training/picture: a legend that is too long for one row takes more, and the curves keep their height") {
  LineChart chart{"Loss", "updates", "nats", {{"short, training", {{0, 0}, {1, 1}}}, {"short, validation", {{0, 1}}}}};
  std::string one_row = line_chart_svg(chart);
  CHECK(count_of(one_row, "y=\"38.0\"") == 2);
  CHECK(count_of(one_row, "viewBox=\"0 0 420.0 270.0\"") == 1);
  chart.curves = {{"a model with a name, training", {{0, 0}, {1, 1}}},
                  {"another model with a name, training", {{0, 1}}},
                  {std::string(100, 'x') + ", training", {{0, 1}}}};
  std::string rows = line_chart_svg(chart);
  CHECK(is_well_formed(rows));
  CHECK(count_of(rows, "viewBox=\"0 0 420.0 304.0\"") == 1);
  for (const char* y : {"y=\"38.0\"", "y=\"55.0\"", "y=\"72.0\""}) CHECK(count_of(rows, y) == 1);
  CHECK(count_of(rows, "xxx…</text>") == 1);
  // The same curve, moved down by the two rows.
  CHECK(count_of(one_row, "d=\"M56.0 230.0L398.0 52.0\"") == 1);
  CHECK(count_of(rows, "d=\"M56.0 264.0L398.0 86.0\"") == 1);
}

TEST_CASE("training/picture: charts without points, of one point and with gaps can be drawn") {
  LineChart chart;
  CHECK(is_well_formed(line_chart_svg(chart)));
  chart.curves = {{"a", {{3, 0}}}, {"b", {}}};
  CHECK(is_well_formed(line_chart_svg(chart)));
  double none = std::nan("");
  chart.curves = {{"a", {{0, 1}, {1, none}, {2, 3}, {3, 4}}}};
  std::string svg = line_chart_svg(chart);
  CHECK(is_well_formed(svg));
  CHECK(count_of(svg, "nan") == 0);
  CHECK(count_of(svg, "<circle") == 3);
}

TEST_CASE("training/picture: a page loads and runs nothing") {
  ReportPage page("A title");
  page.figures(std::vector<ReportPage::Figure>{{line_chart_svg({}), "nothing"}});
  std::string html = page.html();
  for (const char* part : {"<script", "src=", "<link", "url(", "@import"}) CHECK(count_of(html, part) == 0);
  CHECK(count_of(html, "default-src 'none'") == 1);
  CHECK(count_of(html, "prefers-color-scheme:dark") == 1);
}
