// What all operations share: defaults and checks of attributes, counts of inputs, broadcasting, and the shape of
// error messages.
#include "graph/op_def.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/text.h"

namespace gradloom {

namespace {

std::string_view stem(std::string_view name) {
  if (name.ends_with("...")) return name.substr(0, name.size() - 3);
  if (name.ends_with("?")) return name.substr(0, name.size() - 1);
  return name;
}

std::string schema_name(const OpDef& op, std::size_t i) {
  if (op.inputs.size() == 0) return concat_text("input ", i);
  std::size_t last = op.inputs.size() - 1;
  if (i < last || (i == last && !op.inputs[last].ends_with("..."))) return std::string(stem(op.inputs[i]));
  return concat_text(stem(op.inputs[last]), "[", i - last, "]");
}

std::string located(const std::string& path) { return path.empty() ? "" : "\n  in " + path; }

std::vector<std::string> attribute_names(const OpDef& op) {
  std::vector<std::string> names;
  for (const AttributeDef& attribute : op.attributes) names.emplace_back(attribute.name);
  return names;
}

}  // namespace

std::string call_text(const OpDef& op, const Types& inputs) {
  bool mixed = std::any_of(inputs.begin(), inputs.end(), [&](const Type& t) { return t.dtype != inputs[0].dtype; });
  std::string out = concat_text(op.name, "(");
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (i > 0) out += ", ";
    out += schema_name(op, i) + ": " + (mixed ? inputs[i].text() : dims_text(inputs[i].shape));
  }
  return out + ")";
}

Infer::Infer(const OpDef& op, Graph& graph, const Values& inputs, const Attributes& attributes)
    : op_(op), graph_(graph), inputs_(inputs), attributes_(attributes) {
  for (const Value& input : inputs) types_.push_back(input.type());
}

std::string Infer::input_name(std::size_t i) const { return schema_name(op_, i); }

void Infer::fail_with(const std::string& sentence) const {
  throw UserError(concat_text(call_text(op_, types_), ": ", sentence, located(graph_.path())));
}

std::size_t Infer::axis(std::int64_t axis, std::size_t rank) const {
  auto signed_rank = static_cast<std::int64_t>(rank);
  require(axis >= -signed_rank && axis < signed_rank, "axis ", axis, " is outside of [", -signed_rank, ", ",
          signed_rank, ")");
  return static_cast<std::size_t>(axis < 0 ? axis + signed_rank : axis);
}

std::vector<std::size_t> Infer::axes(const std::vector<std::int64_t>& axes, std::size_t rank) const {
  std::vector<std::size_t> result;
  for (std::int64_t one : axes) result.push_back(axis(one, rank));
  std::sort(result.begin(), result.end());
  require(std::adjacent_find(result.begin(), result.end()) == result.end(), "axes ", shape_text(axes),
          " name an axis twice");
  return result;
}

DType Infer::same_dtype() const {
  for (std::size_t i = 1; i < types_.size(); ++i)
    require(types_[i].dtype == types_[0].dtype, input_name(0), " is ", name_of(types_[0].dtype), " but ", input_name(i),
            " is ", name_of(types_[i].dtype), "; cast one of them");
  return types_.at(0).dtype;
}

void Infer::require_float(std::size_t i) const {
  require(is_float(dtype(i)), input_name(i), " is ", name_of(dtype(i)), " but float32 or float64 is needed");
}

void Infer::require_index(std::size_t i) const {
  require(is_integer(dtype(i)), input_name(i), " is ", name_of(dtype(i)), " but int32 or int64 is needed");
}

Dims Infer::broadcast() const {
  Dims result = shape(0);
  for (std::size_t i = 1; i < types_.size(); ++i) result = broadcast(result, shape(i));
  return result;
}

Dims Infer::broadcast(const Dims& a, const Dims& b) const {
  Dims result(std::max(a.size(), b.size()), Dim(1));
  for (std::size_t back = 1; back <= result.size(); ++back) {
    Dim x = back <= a.size() ? a[a.size() - back] : Dim(1);
    Dim y = back <= b.size() ? b[b.size() - back] : Dim(1);
    // Not by require: making the texts of the shapes costs far more than comparing the sizes.
    if (x != y && !x.is(1) && !y.is(1))
      fail("axis -", back, " is ", x.text(), " in ", dims_text(a), " but ", y.text(), " in ", dims_text(b));
    result[result.size() - back] = x.is(1) ? y : x;
  }
  return result;
}

void Kernel::fail_with(const std::string& sentence) const {
  throw UserError(concat_text(node_->op->name, ": ", sentence, located(node_->name)), Fault::input);
}

Values no_gradient(const Backward& b) { return Values(b.num_inputs()); }

Values no_batching(const Batching&) { return {}; }

std::size_t max_inputs(const OpDef& op) {
  bool variadic = op.inputs.size() > 0 && op.inputs[op.inputs.size() - 1].ends_with("...");
  return variadic ? std::numeric_limits<std::size_t>::max() : op.inputs.size();
}

std::size_t min_inputs(const OpDef& op) {
  std::size_t count = 0;
  for (std::string_view name : op.inputs) count += !name.ends_with("?") && !name.ends_with("...");
  return count;
}

Types infer_types(const OpDef& op, Graph& graph, const Values& inputs, Attributes& attributes) {
  std::string place = located(graph.path());
  if (inputs.size() < min_inputs(op) || inputs.size() > max_inputs(op)) {
    std::string wanted = concat_text(min_inputs(op));
    if (max_inputs(op) == std::numeric_limits<std::size_t>::max())
      wanted += " or more";
    else if (max_inputs(op) != min_inputs(op))
      wanted += concat_text(" to ", max_inputs(op));
    throw UserError(concat_text(op.name, ": ", inputs.size(), " inputs were given but it takes ", wanted, place));
  }
  for (const auto& [name, value] : attributes) {
    const AttributeDef* def = std::find_if(op.attributes.begin(), op.attributes.end(),
                                           [&, &key = name](const AttributeDef& a) { return a.name == key; });
    require(def != op.attributes.end(), Fault::usage, op.name, ": it has no attribute \"", name, "\"",
            did_you_mean(name, attribute_names(op)), place);
    require(kind_of(value) == def->kind, Fault::usage, op.name, ": attribute \"", name, "\" is a ",
            name_of(kind_of(value)), " but a ", name_of(def->kind), " is needed", place);
  }
  for (const AttributeDef& def : op.attributes) {
    if (attributes.find(def.name) || def.fallback == "none") continue;
    require(def.fallback != "required", Fault::usage, op.name, ": attribute \"", def.name, "\" is needed", place);
    attributes.set(def.name, parse_attribute(def.kind, def.fallback));
  }
  return op.shape(Infer(op, graph, inputs, attributes));
}

namespace {

std::vector<std::string_view> list_items(std::string_view text) {
  require(text.size() >= 2 && text.front() == '[' && text.back() == ']', Fault::usage, "\"", text,
          "\" is not a list in brackets");
  text = text.substr(1, text.size() - 2);
  std::vector<std::string_view> items;
  while (!text.empty()) {
    std::size_t comma = text.find(',');
    std::string_view item = text.substr(0, comma);
    while (item.starts_with(' ')) item.remove_prefix(1);
    items.push_back(item);
    text = comma == std::string_view::npos ? "" : text.substr(comma + 1);
  }
  return items;
}

template <class T>
T parse_number(std::string_view text) {
  T number{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  require(error == std::errc() && end == text.data() + text.size(), Fault::usage, "\"", text, "\" is not a number");
  return number;
}

}  // namespace

Attribute parse_attribute(AttributeKind kind, std::string_view text) {
  switch (kind) {
    case AttributeKind::boolean:
      require(text == "true" || text == "false", Fault::usage, "\"", text, "\" is neither true nor false");
      return text == "true";
    case AttributeKind::integer:
      return parse_number<std::int64_t>(text);
    case AttributeKind::real:
      return parse_number<double>(text);
    case AttributeKind::text:
      return std::string(text);
    case AttributeKind::dtype: {
      auto dtype = dtype_named(text);
      require(dtype.has_value(), Fault::usage, "\"", text, "\" is not float32, float64, int32, int64 or bool");
      return *dtype;
    }
    case AttributeKind::dim:
      return Dim::parse(text);
    case AttributeKind::integers: {
      std::vector<std::int64_t> numbers;
      for (std::string_view item : list_items(text)) numbers.push_back(parse_number<std::int64_t>(item));
      return numbers;
    }
    case AttributeKind::dims: {
      Dims dims;
      for (std::string_view item : list_items(text)) dims.push_back(Dim::parse(item));
      return dims;
    }
    case AttributeKind::tensor:
    case AttributeKind::body:
      break;
  }
  throw InternalError(concat_text("a ", name_of(kind), " has no text to be read from"));
}

}  // namespace gradloom
