// The colours of pictures. Contrast of text and curves to the page is at least 4.5 in light and dark.
#include "base/text.h"
#include "training/picture.h"

namespace gradloom {

std::string_view picture_style() {
  return R"(:root{color-scheme:light dark;--page:#fff;--ink:#1d2129;--quiet:#59616e;--line:#dfe2e8;--ground:#eef0f4;
--weight:#1450b8;--expected:#b34700;--curve1:#b34700;--curve2:#1450b8;--curve3:#1f7a33;--curve4:#8b2fb0}
@media(prefers-color-scheme:dark){:root{--page:#15181d;--ink:#e8eaee;--quiet:#a3abb8;--line:#343a45;--ground:#22272f;
--weight:#7db4ff;--expected:#ffa45c;--curve1:#ffa45c;--curve2:#7db4ff;--curve3:#74d48a;--curve4:#d79bf0}}
svg text{font:14px system-ui,sans-serif;fill:var(--ink)}
svg.chart text{font-size:12.5px}svg.chart text.title{font-size:14px;font-weight:600}svg text.name{fill:var(--quiet)}
svg .ground{fill:var(--ground)}svg .expected{fill:none;stroke:var(--expected);stroke-width:2}svg .weight{fill:var(--weight)}
svg .grid{stroke:var(--line)}svg .axis{stroke:var(--quiet)}
svg path,svg line[class^=curve]{fill:none;stroke-width:2.2;stroke-linejoin:round}
svg .curve1{stroke:var(--curve1)}svg .curve2{stroke:var(--curve2)}
svg .curve3{stroke:var(--curve3)}svg .curve4{stroke:var(--curve4)}
svg circle{fill:var(--page)}
)";
}

std::string svg_file(std::string_view svg) {
  std::size_t inside = svg.find('>') + 1;
  return concat_text("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", svg.substr(0, inside), "\n<style>\n",
                     picture_style(), "svg{background:var(--page)}\n</style>", svg.substr(inside));
}

}  // namespace gradloom
