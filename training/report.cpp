// The page is one column that fits a phone; pictures and tables scroll in frames of their own.
#include "training/report.h"

#include "base/text.h"
#include "training/markup.h"
#include "training/picture.h"

namespace gradloom {

namespace {

constexpr std::string_view page_style = R"(*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,sans-serif;
-webkit-text-size-adjust:100%;overflow-wrap:anywhere}
main{max-width:60rem;margin:0 auto;padding:1rem}
h1{font-size:1.6rem;line-height:1.2;margin:.5rem 0 1rem}h2{font-size:1.2rem;margin:2rem 0 .5rem}
p{max-width:45rem;margin:.5rem 0}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:.3rem .8rem .3rem 0;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
th{color:var(--quiet);font-weight:600;white-space:normal;min-width:6rem}
th:first-child,td:first-child{text-align:left;white-space:normal;overflow-wrap:break-word}
dl{margin:1rem 0}dt{color:var(--quiet);font-size:.9rem;margin-top:.3rem}dd{margin:0}
.figures{display:flex;flex-wrap:wrap;gap:1.5rem;align-items:flex-start}
figure{margin:.5rem 0;max-width:100%}figcaption{color:var(--quiet);font-size:.9rem;max-width:34rem}
figure:has(svg.chart){flex:1 1 20rem;max-width:36rem}
svg.chart{display:block;width:100%;height:auto}svg.map{display:block}
)";

}  // namespace

ReportPage::ReportPage(std::string_view title) : title_(escape_markup(title)) {}

void ReportPage::heading(std::string_view text) { body_ += concat_text("<h2>", escape_markup(text), "</h2>\n"); }

void ReportPage::paragraph(std::string_view text) { body_ += concat_text("<p>", escape_markup(text), "</p>\n"); }

void ReportPage::table(std::span<const std::string> head, std::span<const std::vector<std::string>> rows) {
  auto row = [&](std::span<const std::string> cells, std::string_view tag) {
    body_ += "<tr>";
    for (const std::string& cell : cells) body_ += concat_text("<", tag, ">", escape_markup(cell), "</", tag, ">");
    body_ += "</tr>\n";
  };
  body_ += "<div class=\"scroll\"><table>\n<thead>";
  row(head, "th");
  body_ += "</thead>\n<tbody>\n";
  for (const std::vector<std::string>& cells : rows) row(cells, "td");
  body_ += "</tbody></table></div>\n";
}

void ReportPage::list(std::span<const std::pair<std::string, std::string>> entries) {
  body_ += "<dl>\n";
  for (const auto& [name, text] : entries)
    body_ += concat_text("<dt>", escape_markup(name), "</dt><dd>", escape_markup(text), "</dd>\n");
  body_ += "</dl>\n";
}

void ReportPage::figures(std::span<const Figure> figures) {
  body_ += "<div class=\"figures\">\n";
  for (const Figure& figure : figures)
    body_ += concat_text("<figure><div class=\"scroll\">", figure.svg, "</div><figcaption>",
                         escape_markup(figure.caption), "</figcaption></figure>\n");
  body_ += "</div>\n";
}

std::string ReportPage::html() const {
  return concat_text(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      // Whatever a sentence says, the page loads and runs nothing.
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
      "<title>",
      title_, "</title>\n<style>\n", picture_style(), page_style, "</style>\n</head>\n<body>\n<main>\n<h1>", title_,
      "</h1>\n", body_, "</main>\n</body>\n</html>\n");
}

}  // namespace gradloom
