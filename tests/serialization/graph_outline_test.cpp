// The tree that drawings are made from: scopes, loops and branches as boxes, rows by what is read, what is open.
#include "serialization/graph_outline.h"

#include <doctest/doctest.h>

#include "autodiff/gradients.h"
#include "base/text.h"
#include "graph/module.h"
#include "ops/ops.h"
#include "serialization/graph_page.h"
#include "serialization/graph_svg.h"

using namespace gradloom;

namespace {

// One line an item, indented by depth, with its row; then one line an edge.
std::string text_of(const GraphOutline& drawn) {
  std::string out;
  std::vector<std::size_t> depth(drawn.items.size(), 0);
  for (std::size_t i = 0; i < drawn.items.size(); ++i) {
    const OutlineItem& item = drawn.items[i];
    if (i != 0) depth[i] = depth[item.parent] + 1;
    out += concat_text(std::string(2 * depth[i], ' '), item.name, " ", item.row, item.is_box() ? " box" : "",
                       item.is_gradient ? " gradient" : "", "\n");
  }
  for (const OutlineEdge& edge : drawn.edges)
    out += concat_text(drawn.items[edge.from].path, " -> ", drawn.items[edge.to].path, ": ", edge.type, "\n");
  return out;
}

// total(x): a loop in a scope whose body reads a variable, and a new value of it.
void declare(Module& module) {
  module.add_variable({"layer/weight", DType::float32, {}, Role::parameter, {}});
  Graph& graph = module.add_function("total");
  Value x = graph.input("x", DType::float32, {"time"});
  Value last;
  {
    Scope scope(graph, "layer");
    Value weight = graph.variable("layer/weight");
    last = scan({graph.constant(DType::float32, 0)}, {x}, [&](const Values& carries, const Values& slices) {
             return Step{{carries[0] + slices[0] * weight}, {}};
           }).carries[0];
  }
  graph.output("sum", last);
  graph.update("layer/weight", last * 0.5);
}

bool tags_balance(const std::string& markup, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    std::int64_t open = 0;
    for (std::size_t at = 0; (at = markup.find("<" + name, at)) != std::string::npos; ++at) {
      char next = markup[at + name.size() + 1];
      std::size_t end = markup.find('>', at);
      if ((next == ' ' || next == '>') && markup[end - 1] != '/') ++open;
    }
    for (std::size_t at = 0; (at = markup.find("</" + name + ">", at)) != std::string::npos; ++at) --open;
    if (open != 0) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("serialization/graph_outline: a loop is a box in its scope, and a variable stands where it is read") {
  Module module;
  declare(module);
  CHECK(text_of(outline(module.function("total"))) ==
        "total 0 box\n"
        "  x 0\n"
        "  layer 1 box\n"
        "    scan 0 box\n"
        "      carry_0 0\n"
        "      slice_0 0\n"
        "      weight 0\n"
        "      mul 1\n"
        "      add 2\n"
        "      carry_0 3\n"
        "  mul 2\n"
        "  sum 2\n"
        "  new values 3 box\n"
        "    layer/weight 0\n"
        "total/layer/scan/slice_0 -> total/layer/scan/mul: float32 []\n"
        "total/layer/scan/carry_0 -> total/layer/scan/add: float32 []\n"
        "total/layer/scan/mul -> total/layer/scan/add: float32 []\n"
        "total/layer/scan/add -> total/layer/scan/carry_0: float32 []\n"
        "total/layer/scan/weight -> total/layer/scan/mul: float32 []\n"
        "total/x -> total/layer/scan/slice_0: float32 [time]\n"
        "total/layer/scan/carry_0 -> total/mul: float32 []\n"
        "total/layer/scan/carry_0 -> total/sum: float32 []\n"
        "total/mul -> total/new values/layer/weight: float32 []\n");
}

TEST_CASE("serialization/graph_outline: constants are told where they are used, and operations are counted") {
  Module module;
  declare(module);
  GraphOutline drawn = outline(module.function("total"));
  CHECK(drawn.items[10].detail == "float32 []\nwith float32 [] {0.5}");
  CHECK(drawn.items[0].num_operations == 3);
  CHECK(drawn.items[2].num_operations == 2);
}

TEST_CASE("serialization/graph_outline: gradients are told apart, and open after what they are gradients of") {
  Module module;
  Graph& graph = module.add_function("f");
  Value x = graph.input("x", DType::float32, {3});
  Value y;
  {
    Scope scope(graph, "layer");
    y = sum(tanh(x) * x);
  }
  Value dx = gradients(y, {x})[0];
  {
    Scope scope(graph, "behind");
    graph.output("dx", exp(dx));
  }
  GraphOutline drawn = outline(graph);
  std::vector<std::string> gradient, following, open;
  std::vector<bool> is_open = open_boxes(drawn, 8);
  for (std::size_t i = 0; i < drawn.items.size(); ++i) {
    const OutlineItem& item = drawn.items[i];
    if (!item.is_box()) continue;
    if (item.is_gradient) gradient.push_back(item.path);
    if (item.follows_gradient && !item.is_gradient) following.push_back(item.path);
    if (is_open[i]) open.push_back(item.path);
  }
  CHECK(join(gradient) == "f/gradient");
  CHECK(join(following) == "f, f/behind");
  CHECK(join(open) == "f, f/layer");
  std::vector<std::size_t> visible = visible_items(drawn, is_open);
  for (std::size_t i = 1; i < drawn.items.size(); ++i) {
    bool is_hidden = drawn.items[i].path.starts_with("f/gradient/") || drawn.items[i].path.starts_with("f/behind/");
    CHECK((visible[i] == i) == !is_hidden);
  }
}

TEST_CASE("serialization/graph_outline: the picture and the page are whole, escaped and the same each time") {
  Module module;
  declare(module);
  GraphOutline drawn = outline(module.function("total"));
  drawn.items[10].detail = "</script><b> & \"quoted\"";
  std::string svg = graph_svg(drawn), page = graph_page(drawn);
  CHECK(svg == graph_svg(drawn));
  CHECK(page == graph_page(drawn));
  CHECK(tags_balance(svg, {"svg", "g", "title", "text", "style"}));
  CHECK(tags_balance(page, {"html", "head", "body", "script", "style", "header", "div"}));
  CHECK(svg.find("&lt;/script&gt;&lt;b&gt; &amp; &quot;quoted&quot;") != std::string::npos);
  CHECK(page.find("\\u003c/script>\\u003cb> & \\\"quoted\\\"") != std::string::npos);
  for (const char* outside : {"http://", "https://", "src=", "@import", "url("}) {
    CHECK_MESSAGE(svg.find(outside) == (std::string_view(outside) == "http://" ? svg.find("http://www.w3.org/2000/svg")
                                                                               : std::string::npos),
                  outside);
    CHECK_MESSAGE(
        page.find(outside) ==
            (std::string_view(outside) == "http://" ? page.find("http://www.w3.org/2000/svg") : std::string::npos),
        outside);
  }
  // Closed, the loop is one box with its number of operations.
  std::string closed = graph_svg(drawn, 5);
  CHECK(closed.find(">2 operations</text>") != std::string::npos);
  CHECK(closed.find("slice_0") == std::string::npos);
  CHECK(svg.find("slice_0") != std::string::npos);
}
