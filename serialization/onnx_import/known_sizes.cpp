// Arithmetic of sizes that stands in the graph, read as Dims: known_sizes of known_values.h.
#include <unordered_map>

#include "graph/dim_sign.h"
#include "graph/op_def.h"
#include "serialization/onnx_import/known_values.h"

namespace gradloom {

namespace {

constexpr std::size_t most_sizes = 64;
constexpr std::size_t most_text = 512;  // of one size: products of sums grow fast
constexpr int most_depth = 256;

using Sizes = std::optional<Dims>;

// Quotients and remainders of what may be negative round differently than ours.
std::optional<Dim> quotient(const Dim& a, const Dim& b) {
  if (b.is(0)) return {};
  if (a.is_constant() && b.is_constant()) return Dim(a.constant() / b.constant());
  if (!(b.is_constant() && b.constant() < 0))
    if (std::optional<Dim> exact = a.divided_by(b)) return exact;
  if (b.is_constant() && b.constant() > 0 && is_never_negative(a)) return floordiv(a, b);
  return {};
}

class SizeReader {
 public:
  Sizes read(const Value& given) {
    Value value = captured_from(given);
    auto found = read_.find(value);
    if (found != read_.end()) return found->second;
    if (!is_integer(value.dtype()) || value.rank() > 1 || depth_ > most_depth) return {};
    ++depth_;
    Sizes sizes = read_node(value);
    --depth_;
    if (sizes && (sizes->size() > most_sizes || is_long(*sizes))) sizes.reset();
    read_[value] = sizes;
    return sizes;
  }

 private:
  static bool is_long(const Dims& sizes) {
    for (const Dim& size : sizes)
      if (!size.is_constant() && size.text().size() > most_text) return true;
    return false;
  }

  Sizes read_node(const Value& value) {
    const Node& node = value.node();
    if (const Tensor* tensor = known_value(value)) return read_constant(*tensor);
    if (node.kind != NodeKind::operation) return {};
    std::string_view op = node.op->name;
    if (op == "dim") return Dims{node.attributes.get<Dim>("size")};
    if (op == "concat") return read_concat(node);
    if (node.inputs.size() == 1) return read_unary(op, node, value);
    if (node.inputs.size() == 2) return read_binary(op, node);
    return {};
  }

  static Sizes read_constant(const Tensor& tensor) {
    if (tensor.size() > static_cast<std::int64_t>(most_sizes)) return {};
    Dims sizes;
    if (tensor.dtype() == DType::int32)
      for (std::int32_t size : tensor.values<std::int32_t>()) sizes.emplace_back(std::int64_t{size});
    else
      for (std::int64_t size : tensor.values<std::int64_t>()) sizes.emplace_back(size);
    return sizes;
  }

  Sizes read_concat(const Node& node) {
    Dims all;
    for (const Value& input : node.inputs) {
      Sizes part = read(input);
      if (!part || all.size() + part->size() > most_sizes) return {};
      all.insert(all.end(), part->begin(), part->end());
    }
    return all;
  }

  Sizes read_unary(std::string_view op, const Node& node, const Value& value) {
    Sizes x = read(node.inputs[0]);
    if (!x) return {};
    if (op == "reshape" || op == "stop_gradient" || op == "transpose") return x;
    // Wider or narrower: sizes fit either.
    if (op == "cast") return is_integer(value.dtype()) ? x : Sizes();
    if (op == "broadcast_to") {
      const Dims& shape = value.shape();
      if (shape.empty() || x->size() != 1) return x;
      if (!shape[0].is_constant() || shape[0].constant() > static_cast<std::int64_t>(most_sizes)) return {};
      return Dims(static_cast<std::size_t>(shape[0].constant()), (*x)[0]);
    }
    if (op == "slice") return read_slice(node, *x);
    if (op == "split") return read_split(node, value, *x);
    if (op == "prod" || op == "sum") {
      Dim total = op == "prod" ? 1 : 0;
      for (const Dim& size : *x) {
        total = op == "prod" ? total * size : total + size;
        if (is_long({total})) return {};
      }
      return Dims{total};
    }
    if (op == "neg") {
      for (Dim& size : *x) size = Dim(0) - size;
      return x;
    }
    return {};
  }

  static Sizes read_slice(const Node& node, const Dims& x) {
    const Dim &begin = node.attributes.get<Dim>("begin"), &end = node.attributes.get<Dim>("end");
    auto step = node.attributes.get<std::int64_t>("step");
    if (!begin.is_constant() || !end.is_constant()) return {};
    auto size = static_cast<std::int64_t>(x.size());
    auto from_front = [&](std::int64_t at) { return at < 0 ? at + size : at; };
    Dims result;
    std::int64_t last = from_front(end.constant());
    for (std::int64_t at = from_front(begin.constant()); step > 0 ? at < last : at > last; at += step) {
      if (at < 0 || at >= size) return {};
      result.push_back(x[static_cast<std::size_t>(at)]);
    }
    return result;
  }

  static Sizes read_split(const Node& node, const Value& value, const Dims& x) {
    const Dims& sizes = node.attributes.get<Dims>("sizes");
    std::int64_t begin = 0;
    for (std::int32_t i = 0; i <= value.output_index(); ++i) {
      const Dim& size = sizes[static_cast<std::size_t>(i)];
      if (!size.is_constant()) return {};
      std::int64_t end = begin + size.constant();
      if (end > static_cast<std::int64_t>(x.size())) return {};
      if (i == value.output_index()) return Dims(x.begin() + begin, x.begin() + end);
      begin = end;
    }
    return {};
  }

  Sizes read_binary(std::string_view op, const Node& node) {
    if (op == "gather") return read_gather(node);
    if (op != "add" && op != "sub" && op != "mul" && op != "div" && op != "mod" && op != "maximum" && op != "minimum")
      return {};
    Sizes a = read(node.inputs[0]);
    if (!a) return {};
    Sizes b = read(node.inputs[1]);
    if (!b) return {};
    if (a->empty() || b->empty()) return Dims{};
    std::size_t count = std::max(a->size(), b->size());
    Dims result;
    for (std::size_t i = 0; i < count; ++i) {
      std::optional<Dim> size = combine(op, (*a)[a->size() == 1 ? 0 : i], (*b)[b->size() == 1 ? 0 : i]);
      if (!size) return {};
      result.push_back(std::move(*size));
    }
    return result;
  }

  static std::optional<Dim> combine(std::string_view op, const Dim& a, const Dim& b) {
    if (op == "add") return a + b;
    if (op == "sub") return a - b;
    if (op == "mul") return a * b;
    if (op == "maximum") return max(a, b);
    if (op == "minimum") return min(a, b);
    if (op == "div") return quotient(a, b);
    if (!(b.is_constant() && b.constant() > 0)) return {};
    return a - b * floordiv(a, b);
  }

  Sizes read_gather(const Node& node) {
    const Tensor* indices = known_value(node.inputs[1]);
    Sizes x = read(node.inputs[0]);
    if (!x || !indices || node.attributes.get<std::int64_t>("batch_dims") != 0) return {};
    Sizes places = read_constant(*indices);
    if (!places) return {};
    Dims result;
    for (const Dim& place : *places) {
      auto size = static_cast<std::int64_t>(x->size());
      std::int64_t at = place.constant() < 0 ? place.constant() + size : place.constant();
      if (at < 0 || at >= size) return {};
      result.push_back((*x)[static_cast<std::size_t>(at)]);
    }
    return result;
  }

  std::unordered_map<Value, Sizes, ValueHash> read_;
  int depth_ = 0;
};

}  // namespace

std::optional<Dims> known_sizes(const Value& value) {
  try {
    return SizeReader().read(value);
  } catch (const UserError&) {
    return {};  // sizes beyond 64 bits
  }
}

}  // namespace gradloom
