// OpDef: the struct that an operation fills in, and the contexts its rules are handed. Every fact about an operation
// (documentation, shapes, kernel, gradient, batching, ONNX name) is a field here, so that it stands beside the others.
// The rules are captureless lambdas in constexpr data: no macro, no registration, no static-initialisation order.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "graph/graph.h"
#include "tensor/tensor.h"

namespace gradloom {

class ThreadPool;

/// A list of known size inside constexpr data.
template <class T, std::size_t Capacity>
struct ConstList {
  T items[Capacity]{};
  std::size_t count = 0;

  constexpr ConstList() = default;
  constexpr ConstList(std::initializer_list<T> list) {
    for (const T& item : list) items[count++] = item;
  }
  constexpr const T* begin() const { return items; }
  constexpr const T* end() const { return items + count; }
  constexpr std::size_t size() const { return count; }
  constexpr const T& operator[](std::size_t i) const { return items[i]; }
};

/// An attribute that an operation takes. `fallback` is the default as text (`-1`, `true`, `[]`, `float32`);
/// "required" when the caller must give it, "none" when it may be absent.
struct AttributeDef {
  std::string_view name;
  AttributeKind kind = AttributeKind::integer;
  std::string_view fallback = "required";
  std::string_view doc;
};

/// What fusion, sharing, batching and the memory plan ask of an operation.
enum class Trait : unsigned {
  elementwise = 1,  ///< element i of the result depends on element i of the (broadcast) inputs only
  commutative = 2,  ///< two inputs, in either order
  view = 4,         ///< the result is input 0's bytes under another shape
  effect = 8,       ///< prints or checks: neither dropped, shared nor moved
  can_fail = 16,    ///< an input's values may make it throw: leaves a loop or a branch only guarded
  control = 32,     ///< has bodies; runtime/ may run it itself
  linear = 64,      ///< zero rows of the input give zero rows of the result
};

struct Traits {
  unsigned bits = 0;
  constexpr Traits() = default;
  constexpr Traits(Trait trait) : bits(static_cast<unsigned>(trait)) {}
  constexpr Traits(std::initializer_list<Trait> traits) {
    for (Trait trait : traits) bits |= static_cast<unsigned>(trait);
  }
  constexpr bool has(Trait trait) const { return (bits & static_cast<unsigned>(trait)) != 0; }
};

/// `matmul(a: [32, 784], b: [512, 10])`: how messages show a use of an operation. Dtypes appear when they differ.
std::string call_text(const OpDef& op, const Types& inputs);

/// Handed to a shape rule: the inputs' types and the attributes; it returns the results' types.
class Infer {
 public:
  Infer(const OpDef& op, Graph& graph, const Values& inputs, const Attributes& attributes);

  std::size_t num_inputs() const { return types_.size(); }
  const Type& type(std::size_t i) const { return types_[i]; }
  DType dtype(std::size_t i) const { return types_[i].dtype; }
  const Dims& shape(std::size_t i) const { return types_[i].shape; }
  std::size_t rank(std::size_t i) const { return types_[i].rank(); }
  const Types& types() const { return types_; }
  /// The input itself, for rules that look at a constant's or a static input's value.
  Value input(std::size_t i) const { return inputs_[i]; }
  const Attributes& attributes() const { return attributes_; }
  template <class T>
  const T& attribute(std::string_view name) const {
    return attributes_.get<T>(name);
  }
  /// The name of input i in the schema: `a`, or `parts[2]`.
  std::string input_name(std::size_t i) const;
  Dim fresh_symbol() const { return graph_.fresh_symbol(); }

  /// Throws the UserError `call: parts... \n  in path`. The rule writes only the sentence that is special.
  template <class... Parts>
  [[noreturn]] void fail(const Parts&... parts) const {
    fail_with(concat_text(parts...));
  }
  template <class... Parts>
  void require(bool condition, const Parts&... parts) const {
    if (!condition) fail_with(concat_text(parts...));
  }
  /// `axis` brought into [0, rank); a UserError otherwise.
  std::size_t axis(std::int64_t axis, std::size_t rank) const;
  /// A set of axes brought into [0, rank), sorted; twice the same is a UserError.
  std::vector<std::size_t> axes(const std::vector<std::int64_t>& axes, std::size_t rank) const;
  /// The common dtype of all inputs; a UserError names the two that differ.
  DType same_dtype() const;
  void require_float(std::size_t i) const;
  void require_index(std::size_t i) const;  ///< int32 or int64
  /// The shape of all (or the given) inputs broadcast together, aligned at the last axis. Equal sizes broadcast, and
  /// the literal 1 with anything; a symbol broadcasts only with itself.
  Dims broadcast() const;
  Dims broadcast(const Dims& a, const Dims& b) const;

 private:
  [[noreturn]] void fail_with(const std::string& sentence) const;
  const OpDef& op_;
  Graph& graph_;
  const Values& inputs_;
  const Attributes& attributes_;
  Types types_;
};

/// What a kernel may ask of the one who runs it; runtime/ implements it.
class KernelHost {
 public:
  virtual ~KernelHost() = default;
  /// Uninitialised memory, aligned to 64 bytes, until the kernel returns.
  virtual void* scratch(std::size_t bytes) = 0;
  virtual std::int64_t evaluate(const Dim& dim) = 0;
  /// Runs a body on the given inputs into the given outputs.
  virtual void run_body(const Graph& body, const std::vector<TensorView>& inputs,
                        const std::vector<TensorView>& outputs) = 0;
  virtual ThreadPool& threads() = 0;
};

/// Handed to a kernel: views of the inputs and of the results to write, whose shapes are those the shape rule gave.
/// Inputs and outputs do not overlap, except where the op's traits allow it.
class Kernel {
 public:
  Kernel(const Node& node, std::vector<TensorView> inputs, std::vector<TensorView> outputs)
      : node_(&node), inputs_(std::move(inputs)), outputs_(std::move(outputs)) {}

  std::size_t num_inputs() const { return inputs_.size(); }
  std::size_t num_outputs() const { return outputs_.size(); }
  const TensorView& input(std::size_t i) const { return inputs_[i]; }
  const TensorView& output(std::size_t i = 0) const { return outputs_[i]; }
  std::vector<TensorView>& inputs() { return inputs_; }
  std::vector<TensorView>& outputs() { return outputs_; }
  const Node& node() const { return *node_; }
  template <class T>
  const T& attribute(std::string_view name) const {
    return node_->attributes.get<T>(name);
  }
  KernelHost& host() const { return *host_; }
  void set_host(KernelHost& host) { host_ = &host; }
  template <class T>
  T* scratch(std::int64_t count) const {
    return static_cast<T*>(host_->scratch(static_cast<std::size_t>(count) * sizeof(T)));
  }

  /// Throws the UserError (Fault::input) `op: parts... \n  in node` for values that the op refuses.
  template <class... Parts>
  [[noreturn]] void fail(const Parts&... parts) const {
    fail_with(concat_text(parts...));
  }

 private:
  [[noreturn]] void fail_with(const std::string& sentence) const;
  const Node* node_;
  std::vector<TensorView> inputs_, outputs_;
  KernelHost* host_ = nullptr;
};

/// The rows of a loop's body that are at work at a step, for loops with lengths.
struct ActiveRows {
  Value active;    ///< bool [batch]; none: no lengths
  Values rows;     ///< inputs of the graph whose axis 0 is the batch
  Values varying;  ///< inputs that differ from step to step; gradients of what comes of others are summed over steps
};

/// The traversal of autodiff/, for operations with bodies: d ys / d xs, weighted by dys, as nodes appended to the
/// graph that holds ys. A none in dys is zero; a none in the result is zero. What is summed over rows or steps is
/// masked with the active rows first.
class GradientEngine {
 public:
  virtual ~GradientEngine() = default;
  virtual Values gradients(const Values& ys, const Values& dys, const Values& xs, const ActiveRows& rows) = 0;
};

/// Handed to a gradient rule, which appends nodes to the graph and returns one gradient an input (none: zero).
/// Broadcasting is undone by the traversal: a rule may return the gradient in the result's shape.
class Backward {
 public:
  Backward(GradientEngine& engine, Value first_output, Values out_grads, std::vector<bool> wanted)
      : engine_(engine), first_(first_output), out_grads_(std::move(out_grads)), wanted_(std::move(wanted)) {}

  Graph& graph() const { return first_.graph(); }
  const Node& node() const { return first_.node(); }
  std::size_t num_inputs() const { return node().inputs.size(); }
  std::size_t num_outputs() const { return node().types.size(); }
  Value input(std::size_t i) const { return node().inputs[i]; }
  Value output(std::size_t i = 0) const { return Value(graph(), first_.node_index(), static_cast<std::int32_t>(i)); }
  /// Whether anything depends on this input's gradient; rules skip the work when not.
  bool wants(std::size_t i) const { return wanted_[i]; }
  /// The gradient of a result, or none when nothing flows back into it. Of a single output it is never none.
  Value out_grad(std::size_t i = 0) const { return out_grads_[i]; }
  template <class T>
  const T& attribute(std::string_view name) const {
    return node().attributes.get<T>(name);
  }
  GradientEngine& engine() const { return engine_; }

 private:
  GradientEngine& engine_;
  Value first_;
  Values out_grads_;
  std::vector<bool> wanted_;
};

/// Batching of a whole body, for operations with bodies.
class BatchingEngine {
 public:
  virtual ~BatchingEngine() = default;
  /// The body's nodes appended to `target` with its inputs replaced; where `batched[i]` the input has a new leading
  /// axis of size `size`. Returns the outputs; `batched_outputs` says which of them have the axis.
  virtual Values batch(const Graph& body, Graph& target, const Values& inputs, const std::vector<bool>& batched,
                       const Dim& size, std::vector<bool>& batched_outputs) = 0;
};

/// Handed to a batching rule: a node whose inputs got, some of them, a new leading axis (axis 0, of size size()).
/// The rule appends nodes that compute all slices at once and returns the results, each with the new axis in front.
/// The same context serves accumulation rules, which return the sum over the new axis instead.
class Batching {
 public:
  Batching(BatchingEngine& engine, Graph& graph, const Node& node, Values inputs, std::vector<bool> batched, Dim size)
      : engine_(engine),
        graph_(graph),
        node_(node),
        inputs_(std::move(inputs)),
        batched_(std::move(batched)),
        size_(std::move(size)) {}

  Graph& graph() const { return graph_; }
  /// The node as it was, without the axis: its attributes and its types.
  const Node& node() const { return node_; }
  const OpDef& op() const { return *node_.op; }
  std::size_t num_inputs() const { return inputs_.size(); }
  /// The input in the new graph: with the new axis when batched(i).
  Value input(std::size_t i) const { return inputs_[i]; }
  const Values& inputs() const { return inputs_; }
  bool batched(std::size_t i) const { return batched_[i]; }
  const std::vector<bool>& all_batched() const { return batched_; }
  /// The type of input i without the new axis.
  const Type& slice_type(std::size_t i) const { return node_.inputs[i].type(); }
  const Type& slice_result(std::size_t i = 0) const { return node_.types[i]; }
  const Dim& size() const { return size_; }
  template <class T>
  const T& attribute(std::string_view name) const {
    return node_.attributes.get<T>(name);
  }
  BatchingEngine& engine() const { return engine_; }

 private:
  BatchingEngine& engine_;
  Graph& graph_;
  const Node& node_;
  Values inputs_;
  std::vector<bool> batched_;
  Dim size_;
};

using ShapeRule = Types (*)(const Infer&);
using KernelRule = void (*)(const Kernel&);
using GradientRule = Values (*)(const Backward&);
using BatchingRule = Values (*)(const Batching&);

/// Said aloud: this operation has no gradient (its results are steps, indices, shapes): zero flows to its inputs.
Values no_gradient(const Backward&);
/// Said aloud: no batching rule; the node stays where it is.
Values no_batching(const Batching&);

struct OpDef {
  std::string_view name;      ///< the English name, the same in code, files, docs and tests
  std::string_view summary;   ///< one line, lower-case, without a full stop
  std::string_view doc = "";  ///< more: formulas, ties, edge cases, sources
  /// Input names; one ending in `?` may be left out (only at the end), one ending in `...` (the last) repeats.
  ConstList<std::string_view, 8> inputs = {};
  ConstList<std::string_view, 8> outputs = {"y"};  ///< the same; `...`: as many as the shape rule returns
  ConstList<AttributeDef, 16> attributes = {};
  Traits traits = {};
  ShapeRule shape = nullptr;
  KernelRule kernel = nullptr;
  GradientRule gradient = nullptr;      ///< nullptr: missing, an error where it is asked for
  BatchingRule batching = nullptr;      ///< nullptr: missing, an error where it is asked for
  BatchingRule accumulation = nullptr;  ///< the sum over the new axis in one go; nullptr: batch, then sum
  std::string_view onnx = "";           ///< the ONNX operator that means exactly this; "" : see serialization/
};

/// The number of inputs that must be given, and the most that may be.
std::size_t min_inputs(const OpDef& op);
std::size_t max_inputs(const OpDef& op);

/// Fills in defaults and checks names and kinds, counts of inputs, and runs the shape rule. `values` are in `graph`.
/// Used by Graph::apply and by the loader. A UserError names the op, its inputs and the graph's path.
Types infer_types(const OpDef& op, Graph& graph, const Values& inputs, Attributes& attributes);

/// Reads an attribute's text, as defaults are written. A UserError names the text.
Attribute parse_attribute(AttributeKind kind, std::string_view text);

}  // namespace gradloom
