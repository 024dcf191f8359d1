// See text_model.h.
#include "tests/serialization/onnx_import/text_model.h"

#include <map>
#include <sstream>
#include <stdexcept>

#include "base/text.h"
#include "serialization/onnx/onnx_tensor.h"

namespace gradloom {

namespace {

using Texts = std::vector<std::string>;

std::string trimmed(const std::string& text) {
  std::size_t begin = text.find_first_not_of(' '), end = text.find_last_not_of(' ');
  return begin == std::string::npos ? "" : text.substr(begin, end - begin + 1);
}

Texts split_at(const std::string& text, char separator) {
  Texts parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);)
    if (!trimmed(part).empty()) parts.push_back(trimmed(part) == "_" ? "" : trimmed(part));
  return parts;
}

// `a[1, 2]{3}` up to a space outside of brackets and quotes.
Texts words_of(const std::string& text) {
  Texts words(1);
  int depth = 0;
  bool quoted = false;
  for (char c : text) {
    if (c == '"') quoted = !quoted;
    if (c == '[' || c == '{' || c == '(') ++depth;
    if (c == ']' || c == '}' || c == ')') --depth;
    if (c == ' ' && depth == 0 && !quoted) {
      if (!words.back().empty()) words.emplace_back();
    } else {
      words.back() += c;
    }
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

std::string between(const std::string& text, char open, char close) {
  std::size_t begin = text.find(open), end = text.rfind(close);
  if (begin == std::string::npos || end == std::string::npos) return "";
  return text.substr(begin + 1, end - begin - 1);
}

Tensor tensor_of(const std::string& dtype, const std::string& dims, const Texts& values) {
  Shape shape;
  for (const std::string& size : split_at(dims, ',')) shape.push_back(std::stoll(size));
  std::vector<double> numbers;
  for (const std::string& value : values) numbers.push_back(std::stod(value));
  auto type = dtype_named(dtype);
  if (!type) throw std::runtime_error("no dtype " + dtype);
  return Tensor::from(shape, numbers).cast(*type);
}

class Parser {
 public:
  explicit Parser(const std::string& text) : stream_(text) {}

  onnx::Model parse() {
    model_.ir_version = 8;
    model_.graph.name = "main";
    read_into(model_.graph.nodes, &model_.graph);
    return std::move(model_);
  }

 private:
  void read_into(std::vector<onnx::Node>& nodes, onnx::Graph* graph) {
    for (std::string line; std::getline(stream_, line);) {
      Texts words = words_of(trimmed(line));
      if (words.empty()) continue;
      const std::string& first = words[0];
      if (first == "end") return;
      if (first == "opset") {
        model_.opsets.push_back({words.size() > 2 ? words[1] : "", std::stoll(words.back())});
      } else if (first == "graph") {
        onnx::Graph inner;
        inner.name = words[1];
        read_into(inner.nodes, &inner);
        graphs_[words[1]] = std::move(inner);
      } else if (first == "function") {
        read_function(words);
      } else if (first == "input" && graph) {
        graph->inputs.push_back(input_of(words));
      } else if (first == "init" && graph) {
        Texts values(words.begin() + 4, words.end());
        graph->initializers.push_back(
            tensor_to_onnx(tensor_of(words[2], between(words[3], '[', ']'), values), words[1]));
      } else if (first == "output" && graph) {
        for (std::size_t i = 1; i < words.size(); ++i) graph->outputs.push_back({words[i], {}});
      } else {
        nodes.push_back(node_of(trimmed(line)));
      }
    }
  }

  void read_function(const Texts& words) {
    onnx::Function function;
    std::size_t dot = words[1].rfind('.');
    function.domain = words[1].substr(0, dot);
    function.name = words[1].substr(dot + 1);
    Texts* to = &function.inputs;
    for (std::size_t i = 2; i < words.size(); ++i) {
      if (words[i] == "->")
        to = &function.outputs;
      else if (words[i] == ":")
        to = &function.attributes;
      else
        to->push_back(words[i]);
    }
    read_into(function.nodes, nullptr);
    model_.functions.push_back(std::move(function));
  }

  static onnx::ValueInfo input_of(const Texts& words) {
    onnx::ValueInfo info{words[1], {}};
    if (words.size() == 2) return info;
    onnx::Type type;
    type.element = dtype_named(words[2]) ? element_type(*dtype_named(words[2])) : onnx::ElementType::float16;
    if (words.size() > 3) {
      type.shape.emplace();
      for (const std::string& size : split_at(between(words[3], '[', ']'), ',')) {
        onnx::Dim dim;
        if (size.find_first_not_of("-0123456789") == std::string::npos)
          dim.value = std::stoll(size);
        else if (size != "?")
          dim.param = size;
        type.shape->push_back(dim);
      }
    }
    info.type = type;
    return info;
  }

  onnx::Node node_of(const std::string& line) {
    std::size_t equals = line.find(" = "), open = line.find('('), close = line.find(')');
    if (equals == std::string::npos || open == std::string::npos) throw std::runtime_error("no node: " + line);
    onnx::Node node;
    node.outputs = split_at(line.substr(0, equals), ',');
    std::string op = trimmed(line.substr(equals + 3, open - equals - 3));
    std::size_t dot = op.rfind('.');
    if (dot != std::string::npos) node.domain = op.substr(0, dot);
    node.op = dot == std::string::npos ? op : op.substr(dot + 1);
    node.inputs = split_at(line.substr(open + 1, close - open - 1), ',');
    for (const std::string& word : words_of(line.substr(close + 1))) {
      std::size_t at = word.find('=');
      if (word.substr(0, at) == "name")
        node.name = between(word, '"', '"');
      else
        node.attributes.push_back(attribute_of(word.substr(0, at), word.substr(at + 1)));
    }
    return node;
  }

  onnx::Attribute attribute_of(const std::string& name, const std::string& value) {
    using Kind = onnx::AttributeType;
    onnx::Attribute made;
    made.name = name;
    auto is_real = [](const std::string& text) { return text.find('.') != std::string::npos; };
    if (value[0] == '$') {
      made.referenced = value.substr(1);
    } else if (value[0] == '@') {
      made.type = Kind::graph;
      made.graphs.push_back(graphs_.at(value.substr(1)));
    } else if (value[0] == '"') {
      made.type = Kind::text;
      made.text = between(value, '"', '"');
    } else if (value[0] == '[') {
      Texts items = split_at(between(value, '[', ']'), ',');
      made.type = items.empty() || !is_real(items[0]) ? Kind::integers : Kind::reals;
      if (!items.empty() && items[0][0] == '"') made.type = Kind::texts;
      for (const std::string& item : items) {
        if (made.type == Kind::texts) made.texts.push_back(between(item, '"', '"'));
        if (made.type == Kind::reals) made.reals.push_back(std::stof(item));
        if (made.type == Kind::integers) made.integers.push_back(std::stoll(item));
      }
    } else if (value.find('{') != std::string::npos) {
      made.type = Kind::tensor;
      std::size_t bracket = value.find('[');
      made.tensors.push_back(tensor_to_onnx(
          tensor_of(value.substr(0, bracket), between(value, '[', ']'), split_at(between(value, '{', '}'), ','))));
    } else if (is_real(value)) {
      made.type = Kind::real;
      made.real = std::stof(value);
    } else {
      made.type = Kind::integer;
      made.integer = std::stoll(value);
    }
    return made;
  }

  std::istringstream stream_;
  onnx::Model model_;
  std::map<std::string, onnx::Graph> graphs_;
};

}  // namespace

onnx::Model model_of(const std::string& text) { return Parser(text).parse(); }

}  // namespace gradloom
