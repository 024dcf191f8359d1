// Two modules walked side by side; nodes, variables and results are matched by name.
#include "serialization/module_diff.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <vector>

#include "base/text.h"
#include "graph/op_def.h"

namespace gradloom {

namespace {

std::string initializer_text(const Initializer& initializer) {
  switch (initializer.kind) {
    case Initializer::Kind::constant:
      return concat_text("constant ", initializer.a);
    case Initializer::Kind::uniform:
      return concat_text("uniform from ", initializer.a, " to ", initializer.b);
    case Initializer::Kind::normal:
      return concat_text("normal with mean ", initializer.a, " and deviation ", initializer.b);
  }
  return "";
}

std::string kind_text(const Node& node) {
  switch (node.kind) {
    case NodeKind::input:
      return node.is_static ? "a static input" : "an input";
    case NodeKind::variable:
      return "a variable";
    case NodeKind::constant:
      return "a constant";
    case NodeKind::operation:
      return std::string(node.op->name);
  }
  return "";
}

std::string types_text(const Types& types) {
  std::vector<std::string> texts;
  for (const Type& type : types) texts.push_back(type.text());
  return join(texts);
}

std::string inputs_text(const Node& node) {
  std::vector<std::string> names;
  for (const Value& input : node.inputs) names.push_back(input.name());
  return "(" + join(names) + ")";
}

bool is_body(const Attribute& attribute) { return std::holds_alternative<Body>(attribute); }

class Difference {
 public:
  Difference(std::string left, std::string right) : left_(std::move(left)), right_(std::move(right)) {}

  std::string of(const Module& a, const Module& b) {
    compare_lists(
        a.variables(), b.variables(), "variable ", [](const Variable& v) { return v.name; },
        [&](const Variable& x, const Variable& y) { compare_variables(x, y); });
    compare_lists(
        a.functions(), b.functions(), "function ", [](const auto& f) { return f->name(); },
        [&](const auto& x, const auto& y) { compare_graphs(*x, *y, "function " + x->name()); });
    return std::move(out_);
  }

 private:
  void line(const std::string& place, const std::string& what) { out_ += place + ": " + what + "\n"; }
  void only(const std::string& place, bool in_left) { line(place, "only in " + (in_left ? left_ : right_)); }
  void compare(const std::string& place, const std::string& what, const std::string& in_left,
               const std::string& in_right) {
    if (in_left != in_right)
      line(place, concat_text(what, " ", in_left, " in ", left_, " but ", in_right, " in ", right_));
  }

  // Items matched by name, in the order of the left list; what only the right one has comes last.
  template <class List, class NameOf, class Both>
  void compare_lists(const List& a, const List& b, const std::string& kind, NameOf name_of, Both both) {
    std::map<std::string, decltype(&*b.begin())> others;
    for (const auto& item : b) others.emplace(name_of(item), &item);
    for (const auto& item : a) {
      auto found = others.find(name_of(item));
      if (found == others.end()) {
        only(kind + name_of(item), true);
      } else {
        both(item, *found->second);
        others.erase(found);
      }
    }
    for (const auto& item : b)
      if (others.contains(name_of(item))) only(kind + name_of(item), false);
  }

  void compare_variables(const Variable& a, const Variable& b) {
    std::string place = "variable " + a.name;
    compare(place, "its type is", a.type().text(), b.type().text());
    compare(place, "its role is", std::string(name_of(a.role)), std::string(name_of(b.role)));
    compare(place, "its initializer is", initializer_text(a.initializer), initializer_text(b.initializer));
  }

  void compare_graphs(const Graph& a, const Graph& b, const std::string& place) {
    std::vector<std::string> inputs[2];
    for (const Value& input : a.inputs()) inputs[0].push_back(input.node().name);
    for (const Value& input : b.inputs()) inputs[1].push_back(input.node().name);
    if (inputs[0] != inputs[1] &&
        std::is_permutation(inputs[0].begin(), inputs[0].end(), inputs[1].begin(), inputs[1].end()))
      compare(place, "the order of inputs is", join(inputs[0]), join(inputs[1]));
    compare_lists(
        a.nodes(), b.nodes(), place + ", node ", [](const Node& node) { return node.name; },
        [&](const Node& x, const Node& y) { compare_nodes(x, y, place + ", node " + x.name); });
    auto compare_results = [&](const std::vector<NamedValue>& x, const std::vector<NamedValue>& y, const char* kind) {
      compare_lists(
          x, y, concat_text(place, ", ", kind, " "), [](const NamedValue& result) { return result.name; },
          [&](const NamedValue& in_left, const NamedValue& in_right) {
            compare(concat_text(place, ", ", kind, " ", in_left.name), "its value is", in_left.value.name(),
                    in_right.value.name());
          });
    };
    compare_results(a.outputs(), b.outputs(), "output");
    compare_results(a.updates(), b.updates(), "new value of");
  }

  void compare_nodes(const Node& a, const Node& b, const std::string& place) {
    if (kind_text(a) != kind_text(b)) {
      compare(place, "it is", kind_text(a), kind_text(b));
      return;
    }
    compare(place, "its inputs are", inputs_text(a), inputs_text(b));
    compare_lists(
        a.attributes, b.attributes, place + ", attribute ", [](const Attributes::Item& item) { return item.first; },
        [&](const Attributes::Item& x, const Attributes::Item& y) {
          if (is_body(x.second) && is_body(y.second))
            compare_graphs(*std::get<Body>(x.second), *std::get<Body>(y.second), place + ", " + x.first);
          else
            compare(place, x.first + " is", attribute_text(x.second), attribute_text(y.second));
        });
    compare(place, "the type of its result is", types_text(a.types), types_text(b.types));
    if (a.kind != NodeKind::constant || a.types != b.types || a.literal.identical(b.literal)) return;
    if (a.literal.size() == 1)
      compare(place, "it is", a.literal.text(1), b.literal.text(1));
    else
      line(place, "its elements differ");
  }

  std::string left_, right_, out_;
};

// NaN stands for a difference that no number tells: one element is NaN and the other is not.
double largest_difference(const Tensor& a, const Tensor& b) {
  double largest = 0;
  visit(a.dtype(), [&]<class T>() {
    auto x = a.values<T>(), y = b.values<T>();
    for (std::size_t i = 0; i < x.size(); ++i) {
      auto p = static_cast<double>(x[i]), q = static_cast<double>(y[i]);
      if (p == q || (std::isnan(p) && std::isnan(q))) continue;
      double difference = std::abs(p - q);
      if (std::isnan(difference)) largest = difference;
      if (!std::isnan(largest)) largest = std::max(largest, difference);
    }
  });
  return largest;
}

}  // namespace

std::string module_difference(const Module& a, const Module& b, const std::string& left, const std::string& right) {
  return Difference(left, right).of(a, b);
}

std::string tensor_difference(const TensorMap& a, const TensorMap& b, const std::string& kind, const std::string& left,
                              const std::string& right) {
  std::string out;
  for (const auto& [name, x] : a) {
    auto found = b.find(name);
    std::string place = concat_text(kind, " ", name, ": ");
    if (found == b.end()) {
      out += concat_text(place, "only in ", left, "\n");
      continue;
    }
    const Tensor& y = found->second;
    auto type = [](const Tensor& tensor) {
      return concat_text(name_of(tensor.dtype()), " ", shape_text(tensor.shape()));
    };
    if (type(x) != type(y))
      out += concat_text(place, "it is ", type(x), " in ", left, " but ", type(y), " in ", right, "\n");
    else if (!x.identical(y))
      out += concat_text(place, "the largest difference of its elements is ", largest_difference(x, y), "\n");
  }
  for (const auto& [name, y] : b)
    if (!a.contains(name)) out += concat_text(kind, " ", name, ": only in ", right, "\n");
  return out;
}

}  // namespace gradloom
