// Writes module.json, as declared in module_json.h: the order of keys and lines is fixed here.
#include <algorithm>
#include <set>

#include "graph/fresh_symbols.h"
#include "graph/op_def.h"
#include "ops/registry.h"
#include "serialization/json_writer.h"
#include "serialization/module_json.h"
#include "serialization/module_values.h"

namespace gradloom {

namespace {

// Lines between brackets at a depth of two spaces a level; `[]` when there is none.
std::string block(char open, const std::vector<std::string>& lines, char close, std::size_t depth) {
  std::string out(1, open), margin(2 * depth, ' ');
  for (std::size_t i = 0; i < lines.size(); ++i) out += concat_text(i > 0 ? ",\n" : "\n", margin, "  ", lines[i]);
  if (!lines.empty()) out += "\n" + margin;
  return out + close;
}

std::string member(std::string_view key, std::string_view json) { return concat_text('"', key, "\": ", json); }

std::string text_list(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + json_string(text);
  return "[" + out + "]";
}

std::string initializer_json(const Initializer& initializer) {
  std::string a = json_number(initializer.a);
  if (initializer.kind == Initializer::Kind::constant) return concat_text("{\"constant\": ", a, "}");
  std::string kind = initializer.kind == Initializer::Kind::uniform ? "uniform" : "normal";
  return concat_text("{\"", kind, "\": [", a, ", ", json_number(initializer.b), "]}");
}

std::string variable_line(const Variable& variable) {
  return concat_text(json_string(variable.name), ": {", member("dtype", json_string(name_of(variable.dtype))), ", ",
                     member("shape", integers_json(variable.shape)), ", ",
                     member("role", json_string(name_of(variable.role))), ", ",
                     member("initializer", initializer_json(variable.initializer)), "}");
}

bool is_default(const AttributeDef& def, const Attribute& value) {
  if (def.fallback == "required" || def.fallback == "none") return false;
  return Attributes{{"", parse_attribute(def.kind, def.fallback)}} == Attributes{{"", value}};
}

class GraphWriter {
 public:
  // `place` begins the names of the graph's stored constants.
  GraphWriter(const Graph& graph, std::string place, TensorMap& constants)
      : graph_(graph), place_(std::move(place)), constants_(constants) {}

  std::string json(bool is_function) {
    std::vector<std::string> inputs, nodes, outputs, updates;
    for (const Value& input : graph_.inputs()) inputs.push_back(input_line(input.node()));
    for (const Node& node : graph_.nodes())
      if (node.kind != NodeKind::input) nodes.push_back(node_line(node));
    for (const NamedValue& output : graph_.outputs())
      outputs.push_back(concat_text("{", member("name", json_string(output.name)), ", ",
                                    member("value", json_string(output.value.name())), "}"));
    for (const NamedValue& update : graph_.updates())
      updates.push_back(concat_text("{", member("variable", json_string(update.name)), ", ",
                                    member("value", json_string(update.value.name())), "}"));
    std::vector<std::string> parts{
        member("inputs", block('[', inputs, ']', 3)),
        member("nodes", block('[', nodes, ']', 3)),
        member("outputs", block('[', outputs, ']', 3)),
    };
    if (is_function) parts.push_back(member("updates", block('[', updates, ']', 3)));
    return block('{', parts, '}', 2);
  }

 private:
  std::string input_line(const Node& node) {
    const Type& type = node.types.at(0);
    return concat_text("{", member("name", json_string(node.name)), ", ",
                       member("dtype", json_string(name_of(type.dtype))), ", ", member("shape", dims_json(type.shape)),
                       node.is_static ? ", \"static\": true" : "", "}");
  }

  std::string node_line(const Node& node) {
    std::string begin = concat_text("{", member("name", json_string(node.name)), ", \"op\": ");
    if (node.kind == NodeKind::variable) return begin + "\"variable\"}";
    if (node.kind == NodeKind::constant)
      return concat_text(begin, "\"constant\", ", tensor_members(node.literal, node.name), "}");
    require(find_op(node.op->name) == node.op, Fault::usage, graph_.name(), ": node \"", node.name, "\" is a ",
            node.op->name, ", which is not in the list of operations, so that no file with it could be read back");
    std::string line = begin + json_string(node.op->name);
    if (!node.inputs.empty()) {
      std::vector<std::string> edges;
      for (const Value& input : node.inputs) edges.push_back(input.name());
      line += ", " + member("inputs", text_list(edges));
    }
    if (std::string attributes = attributes_json(node); !attributes.empty())
      line += concat_text(", \"attributes\": {", attributes, "}");
    if (std::vector<std::string> symbols = own_symbols(node); !symbols.empty())
      line += ", " + member("symbols", text_list(symbols));
    return line + "}";
  }

  std::string attributes_json(const Node& node) {
    std::string out;
    for (const auto& [name, value] : node.attributes) {
      const auto& defs = node.op->attributes;
      auto def = std::find_if(defs.begin(), defs.end(), [&, &key = name](const auto& d) { return d.name == key; });
      ensure(def != defs.end(), node.name, " has the attribute ", name, ", which its op does not declare");
      if (is_default(*def, value)) continue;
      out += (out.empty() ? "" : ", ") + member(name, attribute_json(value, node.name + ":" + name));
    }
    return out;
  }

  std::string attribute_json(const Attribute& attribute, const std::string& place) {
    switch (kind_of(attribute)) {
      case AttributeKind::boolean:
        return std::get<bool>(attribute) ? "true" : "false";
      case AttributeKind::integer:
        return json_number(std::get<std::int64_t>(attribute));
      case AttributeKind::real:
        return json_number(std::get<double>(attribute));
      case AttributeKind::text:
        return json_string(std::get<std::string>(attribute));
      case AttributeKind::dtype:
        return json_string(name_of(std::get<DType>(attribute)));
      case AttributeKind::dim:
        return dim_json(std::get<Dim>(attribute));
      case AttributeKind::integers:
        return integers_json(std::get<std::vector<std::int64_t>>(attribute));
      case AttributeKind::dims:
        return dims_json(std::get<Dims>(attribute));
      case AttributeKind::tensor:
        return concat_text("{", tensor_members(std::get<Tensor>(attribute), place), "}");
      case AttributeKind::body:
        break;
    }
    Body body = std::get<Body>(attribute);
    ensure(body != nullptr, "the body of ", place, " is none");
    return json_string(body->name());
  }

  std::string tensor_members(const Tensor& tensor, const std::string& name) {
    std::string out = concat_text(member("dtype", json_string(name_of(tensor.dtype()))), ", ",
                                  member("shape", integers_json(tensor.shape())), ", ");
    if (tensor.size() <= most_inline_elements) return out + member("values", elements_json(tensor));
    std::string stored = concat_text(place_, ":", name);
    constants_.insert_or_assign(stored, tensor);
    return out + member("stored", json_string(stored));
  }

  const Graph& graph_;
  std::string place_;
  TensorMap& constants_;
};

}  // namespace

ModuleJson write_module_json(const Module& module) {
  ModuleJson result;
  std::vector<std::string> variables, functions, bodies;
  for (const Variable& variable : module.variables()) variables.push_back(variable_line(variable));
  std::set<Body> written;
  for (const auto& function : module.functions()) {
    const std::string& name = function->name();
    GraphWriter writer(*function, "function:" + name, result.constants);
    functions.push_back(concat_text(json_string(name), ": ", writer.json(true)));
    for (Body body : reachable_bodies(*function)) {
      if (!written.insert(body).second) continue;
      GraphWriter body_writer(*body, "body:" + body->name(), result.constants);
      bodies.push_back(concat_text(json_string(body->name()), ": ", body_writer.json(false)));
    }
  }
  result.text =
      block('{',
            {"\"format\": \"gradloom-module\"", member("version", json_number(module_format_version)),
             member("variables", block('{', variables, '}', 1)), member("functions", block('{', functions, '}', 1)),
             member("bodies", block('{', bodies, '}', 1))},
            '}', 0) +
      "\n";
  return result;
}

}  // namespace gradloom
