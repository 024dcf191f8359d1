// The page's frame and its data; the script lays it out in the browser.
#include "serialization/graph_page.h"

#include "base/text.h"
#include "serialization/json_writer.h"

namespace gradloom {

namespace {

using Kind = OutlineItem::Kind;

// What a fresh page shows at most.
constexpr std::size_t most_at_first = 60;

constexpr std::string_view style = R"(<style>
:root{color-scheme:light dark;--page:#fff;--ink:#1c2330;--dim:#5b6575;--line:#9aa4b5;--box:#f3f5f8;--inner:#e9edf3;
--leaf:#fff;--forward:#2f5fb3;--gradient:#b5541c;--value:#2c7a4b;--found:#ffe27a;--hot:#c2185b}
@media (prefers-color-scheme:dark){:root{--page:#12161d;--ink:#e4e8ef;--dim:#9aa5b6;--line:#5b667d;--box:#1a202a;
--inner:#222a36;--leaf:#12161d;--forward:#7ea6ee;--gradient:#e79a63;--value:#74c796;--found:#6b5a12;--hot:#ff7aa8}}
body{margin:0;background:var(--page);color:var(--ink);font:13px/1.35 ui-sans-serif,system-ui,sans-serif}
header{position:sticky;top:0;left:0;z-index:3;display:flex;gap:.8em;align-items:center;flex-wrap:wrap;
padding:.5em .8em;background:var(--page);border-bottom:1px solid var(--line);box-sizing:border-box;max-width:100vw}
h1{font-size:15px;margin:0}header input{font:inherit;padding:.25em .5em;width:16em;max-width:60vw}
button{font:inherit}.key span{padding:0 .5em;border:1.5px solid;border-radius:4px;margin-right:.3em;font-size:11px}
#graph{position:relative;display:inline-block;padding:12px}
svg#lines{position:absolute;left:0;top:0;pointer-events:none;z-index:1}
svg#lines path{fill:none;stroke:var(--line);stroke-width:1}svg#lines path.hot{stroke:var(--hot);stroke-width:2}
svg#lines text{font-size:9.5px;fill:var(--dim)}
.box{border:1.5px solid var(--forward);border-radius:6px;background:var(--box);padding:0 10px 10px}
.box .box{background:var(--inner)}.box .box .box{background:var(--box)}
.box>.head{cursor:pointer;font-weight:600;padding:3px 0;border:0;background:none;color:inherit;text-align:left;
display:block;width:100%}
.head small{font-weight:400;color:var(--dim)}.loop{border-style:dashed}
.row{display:flex;flex-wrap:wrap;gap:10px 18px;justify-content:center;margin-top:26px;max-width:1500px}
.row:first-of-type{margin-top:4px}
.leaf,.closed,.head{position:relative;z-index:2}
.leaf{border:1px solid var(--forward);border-radius:4px;background:var(--leaf);padding:2px 8px;align-self:center}
.leaf small{display:block;color:var(--dim)}.value{border-color:var(--value);border-radius:12px}
.gradient{border-color:var(--gradient)}.closed{padding-bottom:2px;align-self:center}.found{background:var(--found)!important}
:focus-visible{outline:2px solid var(--hot)}
</style>
)";

std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::scope:
      return "scope";
    case Kind::body:
      return "body";
    case Kind::operation:
      return "operation";
    case Kind::input:
      return "input";
    case Kind::variable:
      return "variable";
    case Kind::output:
      return "output";
    case Kind::update:
      return "update";
  }
  return "";
}

// `<` cannot begin an element inside a script.
std::string script_string(std::string_view text) {
  std::string out;
  for (char c : json_string(text)) out += c == '<' ? std::string("\\u003c") : std::string(1, c);
  return out;
}

std::string markup(std::string_view text) {
  std::string out;
  for (char c : text) out += c == '&' ? "&amp;" : c == '<' ? "&lt;" : std::string(1, c);
  return out;
}

// One item a line, then one edge a line: what the script reads.
std::string data(const GraphOutline& outline) {
  std::vector<bool> is_open = open_boxes(outline, most_at_first);
  std::string out = "const items=[\n";
  for (std::size_t i = 0; i < outline.items.size(); ++i) {
    const OutlineItem& item = outline.items[i];
    out +=
        concat_text("{kind:\"", kind_name(item.kind), "\",name:", script_string(item.name),
                    ",path:", script_string(item.path), ",operation:", script_string(item.operation),
                    ",detail:", script_string(item.detail), ",gradient:", item.is_gradient, ",parent:", item.parent,
                    ",row:", item.row, ",count:", item.num_operations, ",open:", static_cast<bool>(is_open[i]), "},\n");
  }
  out += "];\nconst edges=[\n";
  for (const OutlineEdge& edge : outline.edges)
    out += concat_text("[", edge.from, ",", edge.to, ",", script_string(edge.type), "],\n");
  return out + "];\n";
}

}  // namespace

std::string graph_page(const GraphOutline& outline) {
  std::string name = markup(outline.name);
  return concat_text(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n<title>",
      name, "</title>\n", style, "</head>\n<body>\n<header><h1>", name,
      "</h1><input id=\"search\" type=\"search\" placeholder=\"find a name or an operation\" "
      "aria-label=\"find a name or an operation\"><span id=\"matches\" role=\"status\"></span>"
      "<button id=\"open\">open all</button><button id=\"close\">close all</button>"
      "<span class=\"key\"><span style=\"border-color:var(--forward)\">forward</span>"
      "<span style=\"border-color:var(--gradient)\">gradient</span>"
      "<span style=\"border-color:var(--value)\">value</span>"
      "<span style=\"border-style:dashed;border-color:var(--forward)\">loop or branch</span></span></header>\n"
      "<div id=\"graph\"></div>\n<script>\n",
      data(outline), graph_page_script(), "</script>\n</body>\n</html>\n");
}

}  // namespace gradloom
