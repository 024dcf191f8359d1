// Loop: as our scan where the number of steps is known and the body takes any step; written out where the body must
// know which step it is; with a condition that is computed, a scan whose steps do nothing once it is false.
#include <algorithm>

#include "serialization/onnx_import/operators_control.h"

namespace gradloom {

namespace {

// Steps that are written out at most.
constexpr std::int64_t most_unrolled = 1024;
// Writers say "until the condition ends it" with the largest number that they have.
constexpr std::int64_t most_steps = (std::int64_t{1} << 31) - 1;

class LoopImport {
 public:
  explicit LoopImport(const ImportNode& node) : node_(node), body_(node.subgraph("body")) {
    for (std::size_t i = 2; i < node.num_inputs(); ++i) carries_.push_back(node.input(i));
    node.require(body_.outputs.size() >= 1 + carries_.size(), "its graph gives ", body_.outputs.size(),
                 " outputs, but a condition and ", carries_.size(), " carried values are needed");
    num_outputs_ = body_.outputs.size() - 1 - carries_.size();
  }

  Values run() {
    if (is_false(node_.has_input(1) ? node_.input(1) : Value())) return run_steps(0);
    node_.require(node_.has_input(0), "without a trip count the number of steps is not known");
    Dims trips = node_.known_sizes(0, "M");
    node_.require(trips.size() == 1, "M is no scalar");
    Dim count = trips[0];
    if (count.is_constant()) count = std::max<std::int64_t>(count.constant(), 0);
    node_.require(
        !count.is_constant() || count.constant() <= most_steps, "M is ", count, ", but at most ", most_steps,
        " steps are imported: a loop of ours takes all of them, and does nothing once the condition is false");
    if (!count.is_constant() || count.constant() > most_unrolled) return run_scan(count);
    try {
      return run_scan(count);
    } catch (const UserError&) {
      // The body may ask which step it is, or a carried value change its type; if not, this fails as the scan did.
      Values results = run_steps(count.constant());
      // What is written out runs whatever the condition is at the start.
      if (node_.has_input(1)) node_.known(1, "cond");
      return results;
    }
  }

 private:
  static bool is_known(Value condition, bool wanted) {
    const Tensor* known = condition ? known_value(condition) : nullptr;
    return known && known->size() == 1 && (known->item() != 0) == wanted;
  }
  static bool is_false(Value condition) { return is_known(condition, false); }
  static bool is_true(Value condition) { return !condition || is_known(condition, true); }

  Value constant(bool value) const { return node_.graph().constant(Tensor::scalar(value)); }

  // The results of the body: the condition, the carried values, the outputs.
  Values step(Value number, Value condition, const Values& carries) const {
    Values inputs{number, condition};
    inputs.insert(inputs.end(), carries.begin(), carries.end());
    return node_.import_subgraph(body_, inputs);
  }
  static Values part(const Values& values, std::size_t begin, std::size_t end) {
    return Values(values.begin() + static_cast<std::ptrdiff_t>(begin),
                  values.begin() + static_cast<std::ptrdiff_t>(end));
  }

  Values run_scan(const Dim& count) const {
    Value numbers = range(node_.graph(), count);
    bool starts = is_true(node_.optional_input(1)), goes_on = true;
    if (starts) {
      ScanResult made = scan(carries_, {numbers}, [&](const Values& carries, const Values& slices) {
        Values results = step(slices[0], constant(true), carries);
        goes_on = is_true(results[0]);
        return Step{part(results, 1, 1 + carries.size()), part(results, 1 + carries.size(), results.size())};
      });
      if (goes_on) {
        Values results = made.carries;
        results.insert(results.end(), made.outputs.begin(), made.outputs.end());
        return results;
      }
    }
    return run_while(numbers);
  }

  // The condition is carried, and a step runs only while it is true.
  Values run_while(Value numbers) const {
    node_.require(num_outputs_ == 0,
                  "its condition is computed, so that only running it tells how many outputs there are");
    Values start{node_.has_input(1) ? node_.input(1) : constant(true)};
    if (start[0].rank() > 0) start[0] = reshape(start[0], {});
    start.insert(start.end(), carries_.begin(), carries_.end());
    ScanResult made = scan(start, {numbers}, [&](const Values& carries, const Values& slices) {
      Values next = cond(
          carries[0],
          [&] {
            Values results = step(slices[0], constant(true), part(carries, 1, carries.size()));
            if (results[0].rank() > 0) results[0] = reshape(results[0], {});
            return results;
          },
          [&] { return carries; });
      return Step{next, {}};
    });
    return part(made.carries, 1, made.carries.size());
  }

  Values run_steps(std::int64_t count) const {
    Values carries = carries_;
    std::vector<Values> outputs(num_outputs_);
    for (std::int64_t i = 0; i < count; ++i) {
      Value number = node_.graph().constant(Tensor::scalar<std::int64_t>(i));
      Values results = step(number, constant(true), carries);
      carries = part(results, 1, 1 + carries.size());
      for (std::size_t j = 0; j < num_outputs_; ++j) outputs[j].push_back(results[1 + carries.size() + j]);
      if (is_false(results[0])) break;
      node_.require(is_true(results[0]),
                    "its condition is computed, so that only running it tells the number of steps");
    }
    Values results = carries;
    for (Values& output : outputs) {
      node_.require(!output.empty(), "it runs no step, so that the shapes of its outputs are not known");
      results.push_back(stack(std::move(output), 0));
    }
    return results;
  }

  const ImportNode& node_;
  const onnx::Graph& body_;
  Values carries_;
  std::size_t num_outputs_ = 0;
};

}  // namespace

Values looped(const ImportNode& node) { return LoopImport(node).run(); }

}  // namespace gradloom
