// The runs of the table, the forward mode, and what must be in the table at all.
#include "tests/op_samples/modes.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include "base/error.h"
#include "ops/registry.h"
#include "tests/op_samples/declared.h"

namespace gradloom::op_samples {

namespace {

std::uint64_t chosen_seed() {
  const char* text = std::getenv("GRADLOOM_SEED");
  return text ? std::strtoull(text, nullptr, 10) : 1;
}

bool is_chosen(const OpSample& sample) {
  const char* text = std::getenv("GRADLOOM_SAMPLE");
  return !text || (sample.op + ": " + sample.name).find(text) != std::string::npos;
}

void compare_at(const OpSample& sample, std::uint64_t seed, DType numbers, const Binding& sizes, bool literal) {
  TensorMap tensors = fill_inputs(sample, numbers, sizes, seed);
  auto declared = declare(sample, numbers, sizes, literal);
  InterpreterResult result = interpret(*declared->graph, tensors);
  Arrays expected = sample.reference(inputs_as_arrays(sample, tensors));
  ensure(expected.size() == declared->outputs.size(), "the reference has ", expected.size(), " results, not ",
         declared->outputs.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    std::string name = concat_text("y", i);
    const Tensor& got = result.outputs.at(name);
    const Type& type = declared->outputs[i].type();
    if (evaluate(type.shape, sizes) != got.shape() || type.dtype != got.dtype())
      throw Mismatch{concat_text(name, " was inferred as ", type.text(), " but computed as ", name_of(got.dtype()), " ",
                                 shape_text(got.shape()))};
    double tolerance = type.dtype == DType::float32   ? sample.tolerance.float32
                       : type.dtype == DType::float64 ? sample.tolerance.float64
                                                      : 0;
    expect_equal(name, got, expected[i], tolerance);
  }
}

}  // namespace

Failures try_all(std::string_view mode_name, Mode mode) {
  std::uint64_t seed = chosen_seed();
  Failures failures;
  for (const OpSample& sample : table().samples()) {
    if (!is_chosen(sample)) continue;
    std::string text;
    try {
      mode(sample, seed);
    } catch (const Mismatch& mismatch) {
      text = mismatch.text;
    } catch (const std::exception& error) {
      text = error.what();
    }
    if (!text.empty())
      failures.push_back(concat_text(sample.op, ": ", sample.name, ": ", mode_name, ": ", text,
                                     "\n  repeat with GRADLOOM_SEED=", seed, " GRADLOOM_SAMPLE=\"", sample.op, ": ",
                                     sample.name, "\""));
  }
  return failures;
}

void compare_with_reference(const OpSample& sample, std::uint64_t seed) {
  for (const Binding& sizes : sizes_to_try(sample))
    for (DType numbers : sample.dtypes)
      for (bool literal : {true, false}) {
        if (!literal && !sample.only_literal.empty()) continue;
        auto place = [&] {
          return concat_text(name_of(numbers), literal ? ", literal sizes " : ", symbols ", sizes_text(sizes), ": ");
        };
        try {
          compare_at(sample, seed, numbers, sizes, literal);
        } catch (const NothingToFill&) {
        } catch (const Mismatch& mismatch) {
          throw Mismatch{place() + mismatch.text};
        } catch (const std::exception& error) {
          throw Mismatch{place() + error.what()};
        }
      }
}

Failures try_errors() {
  Failures failures;
  for (const OpError& error : table().errors()) {
    std::string text = "nothing";
    try {
      Module module;
      Graph& graph = module.add_function("sample");
      Values results = error.build(graph);
      Graph& owner = results.empty() ? graph : results[0].graph();
      for (std::size_t i = 0; i < results.size(); ++i) owner.output(concat_text("y", i), results[i]);
      interpret(owner, {});
    } catch (const UserError& thrown) {
      text = thrown.what();
    } catch (const std::exception& thrown) {
      text = concat_text("another kind of error: ", thrown.what());
    }
    if (text != error.message)
      failures.push_back(concat_text(error.op, ": it should say\n    ", error.message, "\n  but says\n    ", text));
  }
  return failures;
}

namespace {

constexpr std::size_t least_kinds = 12;

// Operations of one kind of operand, or of none, and loops, whose samples differ in other things.
bool has_few_kinds(std::string_view op) {
  for (std::string_view name : {"active_rows", "dim", "range", "scan"})
    if (op == name) return true;
  return false;
}

}  // namespace

Failures missing_from_table() {
  std::set<std::string, std::less<>> with_sample, with_error;
  // Shapes of the operands, and attributes: the axis that is meant.
  std::map<std::string, std::set<std::string>, std::less<>> kinds;
  for (const OpSample& sample : table().samples()) {
    auto declared = declare(sample, sample.dtypes.at(0), sizes_of(sample), true);
    std::string shapes;
    for (const Filled& input : sample.inputs) shapes += dims_text(input.shape);
    for (const Node& node : declared->graph->nodes())
      if (node.op && node.op->name == sample.op) {
        with_sample.insert(sample.op);
        kinds[sample.op].insert(shapes + attributes_text(node.attributes));
      }
  }
  for (const OpError& error : table().errors()) with_error.insert(error.op);
  for (const std::string& op : table().accepting()) with_error.insert(op);
  Failures failures;
  Tolerance usual;
  for (const OpSample& sample : table().samples()) {
    bool looser = sample.tolerance.float32 > usual.float32 || sample.tolerance.float64 > usual.float64;
    if (looser && std::string_view(sample.tolerance.reason).empty())
      failures.push_back(concat_text(sample.op, ": ", sample.name, ": a looser tolerance without a reason"));
  }
  for (const OpDef* op : all_ops()) {
    std::string absent;
    auto needs = [&](bool there, std::string_view what) {
      if (!there) absent += concat_text(absent.empty() ? " has no " : ", no ", what);
    };
    needs(with_sample.contains(op->name), "sample in which it is used");
    std::size_t found = kinds[std::string(op->name)].size();
    needs(found >= least_kinds || has_few_kinds(op->name), concat_text(least_kinds, " kinds of shape, only ", found));
    needs(with_error.contains(op->name), "error sample (or word that it accepts every input)");
    needs(!op->summary.empty(), "summary");
    needs(op->shape != nullptr, "shape rule");
    needs(op->kernel != nullptr || op->traits.has(Trait::control), "kernel");
    needs(op->gradient != nullptr, "gradient rule; no_gradient says so aloud");
    needs(op->batching != nullptr, "batching rule; no_batching says so aloud");
    for (const AttributeDef& attribute : op->attributes)
      needs(!attribute.doc.empty(), concat_text("text about its attribute ", attribute.name));
    if (!absent.empty()) failures.push_back(concat_text(op->name, absent));
  }
  return failures;
}

}  // namespace gradloom::op_samples
