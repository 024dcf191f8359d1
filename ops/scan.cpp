// scan: the loop. Its builder, which calls the user's code once to make the body; its shape rule, which holds body and
// operands together; and its readable kernel.
#include "ops/scan.h"

#include <algorithm>
#include <cstring>

#include "ops/families.h"

namespace gradloom {

namespace {

bool contains(const std::vector<std::int64_t>& list, std::size_t i) {
  return std::find(list.begin(), list.end(), static_cast<std::int64_t>(i)) != list.end();
}

Dims without_first(const Dims& dims) { return Dims(dims.begin() + 1, dims.end()); }

Dims with_first(Dim first, const Dims& dims) {
  Dims result{std::move(first)};
  result.insert(result.end(), dims.begin(), dims.end());
  return result;
}

Types scan_shape(const Infer& in) {
  auto count = [&](const char* name) {
    auto given = in.attribute<std::int64_t>(name), most = static_cast<std::int64_t>(in.num_inputs());
    in.require(given >= 0 && given <= most, name, " is ", given, ", but from 0 to ", most, " is needed");
    return static_cast<std::size_t>(given);
  };
  const Dim& length = in.attribute<Dim>("length");
  Body body = in.attribute<Body>("body");
  std::size_t carries = count("num_carries"), sequences = count("num_sequences"), constants = count("num_constants");
  bool has_lengths = in.attribute<bool>("has_lengths");
  std::size_t total = carries + sequences + constants;
  in.require(in.num_inputs() == total + (has_lengths ? 1 : 0), in.num_inputs(), " operands were given but ", carries,
             " carries, ", sequences, " sequences, ", constants, " constants and ", has_lengths ? 1 : 0,
             " lengths are declared");
  in.require(body != nullptr && body->inputs().size() == total, "the body takes ", body ? body->inputs().size() : 0,
             " inputs but ", total, " operands are handed to it");
  in.require(body->outputs().size() >= carries, "the body returns ", body->outputs().size(), " values for ", carries,
             " carries");
  for (std::size_t i = 0; i < total; ++i) {
    Type given = in.type(i);
    bool is_sequence = i >= carries && i < carries + sequences;
    std::string what = i < carries   ? concat_text("carry ", i)
                       : is_sequence ? concat_text("sequence ", i - carries)
                                     : concat_text("constant ", i - carries - sequences);
    if (is_sequence) {
      in.require(given.rank() >= 1 && given.shape[0] == length, what, " is ", given.text(), " but has ", length.text(),
                 " steps on axis 0");
      given.shape = without_first(given.shape);
    }
    const Type& wanted = body->inputs()[i].type();
    in.require(given == wanted, what, " is ", given.text(), " a step but the body takes ", wanted.text());
  }
  Types results;
  const auto& plain_carries = in.attribute<std::vector<std::int64_t>>("plain_carries");
  const auto& plain_outputs = in.attribute<std::vector<std::int64_t>>("plain_outputs");
  Dim batch = 0;
  if (has_lengths) {
    in.require_index(total);
    in.require(in.rank(total) == 1, "lengths is ", in.type(total).text(), " but one length a row is needed: [batch]");
    batch = in.shape(total)[0];
  }
  for (std::size_t i = 0; i < body->outputs().size(); ++i) {
    const Type& type = body->outputs()[i].value.type();
    bool is_carry = i < carries;
    std::string what = is_carry ? concat_text("carry ", i) : concat_text("output ", i - carries);
    if (is_carry)
      in.require(type == in.type(i), what, " goes in as ", in.type(i).text(), " but comes out as ", type.text());
    bool plain = is_carry ? contains(plain_carries, i) : contains(plain_outputs, i - carries);
    if (has_lengths && !plain)
      in.require(type.rank() >= 1 && type.shape[0] == batch, what, " is ", type.text(),
                 " but with lengths its first axis must be the batch, ", batch.text());
    results.push_back(is_carry ? type : Type{type.dtype, with_first(length, type.shape)});
  }
  return results;
}

TensorView slice_of(const TensorView& sequence, std::int64_t t) {
  TensorView slice{sequence.dtype, Shape(sequence.shape.begin() + 1, sequence.shape.end()), nullptr};
  slice.data = static_cast<std::byte*>(sequence.data) + static_cast<std::size_t>(t) * slice.bytes();
  return slice;
}

std::vector<std::int64_t> read_lengths(const Kernel& k, const TensorView& view, std::int64_t steps) {
  std::vector<std::int64_t> lengths;
  for (std::int64_t row = 0; row < view.size(); ++row) {
    auto i = static_cast<std::size_t>(row);
    std::int64_t length = view.dtype == DType::int32 ? view.as<std::int32_t>()[i] : view.as<std::int64_t>()[i];
    if (length < 0 || length > steps)
      k.fail("the length of row ", row, " is ", length, ", outside of [0, ", steps, "]");
    lengths.push_back(length);
  }
  return lengths;
}

// Rows of `view` that are past their length at step t get `other`'s row, or zeros when that is null.
void replace_inactive_rows(const TensorView& view, const std::vector<std::int64_t>& lengths, std::int64_t t,
                           const void* other) {
  if (lengths.empty()) return;
  std::size_t row_bytes = view.bytes() / lengths.size();
  for (std::size_t row = 0; row < lengths.size(); ++row) {
    if (t < lengths[row]) continue;
    std::byte* to = static_cast<std::byte*>(view.data) + row * row_bytes;
    if (other)
      std::memcpy(to, static_cast<const std::byte*>(other) + row * row_bytes, row_bytes);
    else
      std::memset(to, 0, row_bytes);
  }
}

// Every step runs the body on all rows; frozen carries and zeroed outputs are put right afterwards.
void scan_kernel(const Kernel& k) {
  ScanView scan(k.node());
  std::int64_t steps = k.host().evaluate(scan.length());
  std::vector<std::int64_t> lengths;
  if (scan.has_lengths()) lengths = read_lengths(k, k.input(k.num_inputs() - 1), steps);

  std::vector<Tensor> carries, next;
  for (std::size_t i = 0; i < scan.num_carries(); ++i) {
    carries.emplace_back(k.input(i).dtype, k.input(i).shape);
    std::memcpy(carries[i].mutable_data(), k.input(i).data, carries[i].bytes());
    next.emplace_back(k.input(i).dtype, k.input(i).shape);
  }
  std::size_t first_constant = scan.num_carries() + scan.num_sequences();
  for (std::int64_t step = 0; step < steps; ++step) {
    std::int64_t t = scan.reverse() ? steps - 1 - step : step;
    std::vector<TensorView> inputs, outputs;
    std::vector<Tensor> slices;
    for (Tensor& carry : carries) inputs.push_back(carry.view());
    for (std::size_t i = 0; i < scan.num_sequences(); ++i) {
      TensorView view = slice_of(k.input(scan.num_carries() + i), t);
      slices.emplace_back(view.dtype, view.shape);
      std::memcpy(slices.back().mutable_data(), view.data, view.bytes());
      inputs.push_back(slices.back().view());
      const Dims& dims = scan.body_slice(i).shape();
      if (scan.has_lengths() && !dims.empty() && dims[0] == scan.lengths().shape()[0])
        replace_inactive_rows(inputs.back(), lengths, t, nullptr);
    }
    for (std::size_t i = 0; i < scan.num_constants(); ++i) inputs.push_back(k.input(first_constant + i));
    for (Tensor& carry : next) outputs.push_back(carry.view());
    for (std::size_t i = 0; i < scan.num_outputs(); ++i)
      outputs.push_back(slice_of(k.output(scan.num_carries() + i), t));
    try {
      k.host().run_body(scan.body(), inputs, outputs);
    } catch (const UserError& error) {
      throw UserError(concat_text(error.what(), "\n  at step ", t, " of ", k.node().name), error.fault());
    }
    for (std::size_t i = 0; i < scan.num_carries(); ++i)
      if (!scan.is_plain_carry(i)) replace_inactive_rows(outputs[i], lengths, t, carries[i].data());
    for (std::size_t i = 0; i < scan.num_outputs(); ++i)
      if (!scan.is_plain_output(i)) replace_inactive_rows(outputs[scan.num_carries() + i], lengths, t, nullptr);
    std::swap(carries, next);
  }
  for (std::size_t i = 0; i < carries.size(); ++i) std::memcpy(k.output(i).data, carries[i].data(), carries[i].bytes());
}

}  // namespace

const OpDef scan_op{
    .name = "scan",
    .summary = "runs a body once for each index of the sequences' first axis, handing carries from step to step",
    .doc =
        "operands: carries, sequences [time, ...], constants, lengths [batch]; results: the carries after the last\n"
        "step, then the outputs stacked to [time, ...]. Without steps the carries pass through. With reverse the\n"
        "last slice comes first and outputs[t] still belongs to sequences[t]. With lengths, at steps t >= length a\n"
        "row's carry stays as it was and its outputs are 0; padded slices read as 0 and integers are divided by 1 in\n"
        "such rows; a slice is of rows when its first size is the batch's, so a literal batch should differ from "
        "other\n"
        "sizes; a length outside of [0, time] is an error. The body runs on all rows: what takes\n"
        "rows together takes those at rest too, but no gradient reaches them there. plain_carries and plain_outputs\n"
        "list those without a batch axis, which never freeze.",
    .inputs = {"operands..."},
    .outputs = {"results..."},
    .attributes = {{"body", AttributeKind::body, "required", "the graph of one step"},
                   {"num_carries", AttributeKind::integer, "required", "how many operands are carries"},
                   {"num_sequences", AttributeKind::integer, "required", "how many operands are sequences"},
                   {"num_constants", AttributeKind::integer, "0", "how many operands are the same at each step"},
                   {"reverse", AttributeKind::boolean, "false", "from the last slice to the first"},
                   {"has_lengths", AttributeKind::boolean, "false", "whether the last operand is lengths [batch]"},
                   {"length", AttributeKind::dim, "required", "the number of steps"},
                   {"plain_carries", AttributeKind::integers, "[]", "carries without a batch axis"},
                   {"plain_outputs", AttributeKind::integers, "[]", "outputs without a batch axis"}},
    .traits = Trait::control,
    .shape = scan_shape,
    .kernel = scan_kernel,
    .gradient = scan_gradient,
    .batching = scan_batching,
    .onnx = "Scan"};

namespace {
constexpr const OpDef* listed_control_ops[] = {&scan_op, &active_rows_op};
}  // namespace

OpList control_ops() { return listed_control_ops; }

ScanView::ScanView(const Node& node) : ScanView(node.inputs, node.attributes) {}

ScanView::ScanView(Values inputs, const Attributes& attributes)
    : inputs_(std::move(inputs)),
      num_carries_(static_cast<std::size_t>(attributes.get<std::int64_t>("num_carries"))),
      num_sequences_(static_cast<std::size_t>(attributes.get<std::int64_t>("num_sequences"))),
      num_constants_(static_cast<std::size_t>(attributes.get<std::int64_t>("num_constants"))),
      reverse_(attributes.get<bool>("reverse")),
      has_lengths_(attributes.get<bool>("has_lengths")),
      length_(&attributes.get<Dim>("length")),
      body_(attributes.get<Body>("body")),
      plain_carries_(&attributes.get<std::vector<std::int64_t>>("plain_carries")),
      plain_outputs_(&attributes.get<std::vector<std::int64_t>>("plain_outputs")) {}

bool ScanView::is_plain_carry(std::size_t i) const { return contains(*plain_carries_, i); }
bool ScanView::is_plain_output(std::size_t i) const { return contains(*plain_outputs_, i); }

Values add_scan(Graph& graph, const ScanParts& parts) {
  Values operands = parts.carries;
  operands.insert(operands.end(), parts.sequences.begin(), parts.sequences.end());
  operands.insert(operands.end(), parts.constants.begin(), parts.constants.end());
  if (parts.lengths) operands.push_back(parts.lengths);
  auto count = [](const Values& values) { return static_cast<std::int64_t>(values.size()); };
  return graph.apply(scan_op, std::move(operands),
                     {{"body", parts.body},
                      {"num_carries", count(parts.carries)},
                      {"num_sequences", count(parts.sequences)},
                      {"num_constants", count(parts.constants)},
                      {"reverse", parts.reverse},
                      {"has_lengths", static_cast<bool>(parts.lengths)},
                      {"length", parts.length},
                      {"plain_carries", parts.plain_carries},
                      {"plain_outputs", parts.plain_outputs}});
}

ScanResult scan(Values carries, Values sequences, const std::function<Step(const Values&, const Values&)>& body,
                const ScanOptions& options) {
  require(!carries.empty() || !sequences.empty(), Fault::usage, "scan: neither a carry nor a sequence was given");
  Graph& graph = (carries.empty() ? sequences[0] : carries[0]).graph().innermost();
  std::string place = concat_text("scan in ", graph.path().empty() ? graph.name() : graph.path());
  for (std::size_t i = 0; i < sequences.size(); ++i)
    require(sequences[i].rank() >= 1, Fault::usage, place, ": sequence ", i, " is a scalar; axis 0 must be time");
  require(!sequences.empty() || options.length.has_value(), Fault::usage, place,
          ": without sequences the number of steps is needed: ScanOptions.length");
  ScanParts parts;
  parts.length = sequences.empty() ? *options.length : sequences[0].shape()[0];

  BodyScope scope(graph, options.name);
  Graph& step = scope.body();
  Values order, body_carries, slices;
  for (std::size_t i = 0; i < carries.size(); ++i)
    body_carries.push_back(step.input(concat_text("carry_", i), carries[i].dtype(), carries[i].shape()));
  for (std::size_t i = 0; i < sequences.size(); ++i)
    slices.push_back(step.input(concat_text("slice_", i), sequences[i].dtype(), without_first(sequences[i].shape())));
  Step made = body(body_carries, slices);
  require(made.carries.size() == carries.size(), Fault::usage, place, ": ", carries.size(),
          " carries go in but the body returns ", made.carries.size());
  for (std::size_t i = 0; i < made.carries.size(); ++i)
    step.output(concat_text("carry_", i), step.capture(made.carries[i]));
  for (std::size_t i = 0; i < made.outputs.size(); ++i)
    step.output(concat_text("output_", i), step.capture(made.outputs[i]));
  graph.end_body(step);

  order = body_carries;
  order.insert(order.end(), slices.begin(), slices.end());
  if (step.index_input()) {
    order.push_back(step.index_input());
    sequences.push_back(range(graph, parts.length));
  }
  for (const auto& [outer, own] : step.captures()) {
    parts.constants.push_back(outer);
    order.push_back(own);
  }
  step.order_inputs(std::move(order));

  std::size_t num_carries = carries.size();
  parts.carries = std::move(carries);
  parts.sequences = std::move(sequences);
  parts.lengths = options.lengths;
  parts.body = &step;
  if (parts.lengths && parts.lengths.rank() == 1) {
    Graph* safe = with_safe_divisors(step, num_carries, parts.sequences.size(), parts.lengths.shape()[0]);
    if (safe) parts.sequences.push_back(active_rows(parts.lengths, parts.length));
    if (safe) parts.body = safe;
  }
  parts.reverse = options.reverse;
  Values results = add_scan(graph, parts);
  auto middle = results.begin() + static_cast<std::ptrdiff_t>(num_carries);
  return {{results.begin(), middle}, {middle, results.end()}};
}

}  // namespace gradloom
