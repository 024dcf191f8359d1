// Running functions: finding the plan of the sizes at hand, pointing it at inputs and variables, and committing new
// values after everything that can fail.
#include "runtime/session.h"

#include <algorithm>
#include <cstring>
#include <map>

#include "base/error.h"
#include "runtime/finite_check.h"
#include "runtime/plan.h"
#include "runtime/variable_store.h"
#include "tensor/threads.h"

namespace gradloom {

namespace {

// An epoch of real data has some two hundred combinations of sizes, most of which come back soon; one plan of a
// translator's training step takes about 100 KiB.
constexpr std::size_t most_plans = 64;

RunLimits limits_of(const SessionOptions& options) {
  return {options.max_steps, options.max_memory_bytes, options.check_finite};
}

int checked_threads(int threads) {
  require(threads >= 1, Fault::usage, "a session needs at least 1 thread, not ", threads);
  return threads;
}

}  // namespace

// A function with its plans, least recently used last, and the slots of its variables.
class PreparedFunction {
 public:
  PreparedFunction(std::shared_ptr<const Executable> made, std::shared_ptr<const CompiledFunction> function,
                   VariableStore& variables)
      : executable(std::move(made)), compiled(std::move(function)) {
    for (const auto& [node, value] : compiled->program->variables()) reads.push_back(variables.slot(node->name));
    for (const NamedValue& update : compiled->graph->updates()) writes.push_back(variables.slot(update.name));
  }

  const Graph& graph() const { return *compiled->graph; }

  // A null pointer stands for an input that was not given.
  std::shared_ptr<Plan>& plan_for(const std::vector<const Tensor*>& inputs) {
    bool is_complete = std::find(inputs.begin(), inputs.end(), nullptr) == inputs.end();
    if (!is_complete) explain(inputs);
    compiled->bind_symbols(inputs, symbol_sizes_);
    auto found = std::find_if(plans_.begin(), plans_.end(),
                              [&](const auto& plan) { return plan->symbol_sizes() == symbol_sizes_; });
    if (found != plans_.end()) {
      if (!(*found)->accepts(inputs)) explain(inputs);
      std::rotate(plans_.begin(), found, found + 1);
      return plans_.front();
    }
    bind_inputs(graph(), by_name(inputs));
    auto plan = std::make_shared<Plan>(compiled, symbol_sizes_);
    if (plans_.size() == most_plans) plans_.pop_back();
    plans_.insert(plans_.begin(), std::move(plan));
    return plans_.front();
  }
  void forget(const std::shared_ptr<Plan>& plan) { std::erase(plans_, plan); }

  std::shared_ptr<const Executable> executable;
  std::shared_ptr<const CompiledFunction> compiled;
  std::vector<std::size_t> reads, writes;

 private:
  TensorMap by_name(const std::vector<const Tensor*>& inputs) const {
    TensorMap map;
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (inputs[i]) map[graph().inputs()[i].node().name] = *inputs[i];
    return map;
  }
  [[noreturn]] void explain(const std::vector<const Tensor*>& inputs) const {
    bind_inputs(graph(), by_name(inputs));
    throw InternalError(concat_text("the inputs of ", graph().name(), " fit its declaration but not its plan"));
  }

  std::vector<std::shared_ptr<Plan>> plans_;
  std::vector<std::int64_t> symbol_sizes_;
};

struct Session::State {
  State(const Module& m, SessionOptions o)
      : options(std::move(o)),
        variables(m),
        threads(checked_threads(options.threads)),
        host(threads, limits_of(options)) {
    if (!options.check_finite) return;
    // A result that took over an operand's memory would leave no range to report.
    options.compile.overwrite = false;
    // Operations are to be found where they were declared: by themselves, at their step of their loop.
    for (const char* pass : {"gather_accumulations", "hoist", "sink", "fuse"})
      options.compile.without.emplace_back(pass);
  }

  PreparedFunction& prepared(std::string_view name) {
    auto found = functions.find(name);
    if (found != functions.end()) return *found->second;
    return prepare(Executable::compile(variables.module(), name, options.compile));
  }

  PreparedFunction& prepare(std::shared_ptr<const Executable> executable) {
    auto compiled = executable->state_->compiled;
    std::string name = executable->function();
    require(!options.check_finite || !compiled->overwrites, Fault::usage, name,
            " was compiled to overwrite operands, whose ranges check_finite must name; compile it without overwrite");
    auto made = std::make_unique<PreparedFunction>(std::move(executable), std::move(compiled), variables);
    return *functions.emplace(std::move(name), std::move(made)).first->second;
  }

  std::shared_ptr<Plan>& run(PreparedFunction& function, const std::vector<const Tensor*>& inputs) {
    std::shared_ptr<Plan>& plan = function.plan_for(inputs);
    reserve_arena(function, plan);
    for (std::size_t slot : function.reads) variables.get(slot);  // all have values
    // Memory that is shared with tensors handed out is copied first, so this comes before pointing at it.
    for (std::size_t i = 0; i < function.writes.size(); ++i)
      if (plan->overwrites(i)) plan->point_update(i, variables.writable(function.writes[i]));
    for (std::size_t i = 0; i < function.reads.size(); ++i) plan->point_variable(i, variables.get(function.reads[i]));
    for (std::size_t i = 0; i < inputs.size(); ++i) plan->point_input(i, *inputs[i]);
    if (options.check_finite) check_leaves(function, inputs);
    plan->renew_outputs();
    // With a limit of memory, what can be done without is.
    if (options.max_memory_bytes == 0)
      for (const BoundProgram::Keepable& product : plan->keepable())
        plan->keep(product, variables.kept(function.reads[product.variable], product.bytes, product.axis));
    plan->run(host);
    if (options.max_memory_bytes == 0)
      for (const BoundProgram::Keepable& product : plan->keepable())
        variables.mark_kept(function.reads[product.variable]);
    commit(function, *plan);
    return plan;
  }

  void reserve_arena(PreparedFunction& function, std::shared_ptr<Plan>& plan) {
    std::size_t wanted = plan->arena_bytes(), limit = options.max_memory_bytes;
    if (limit > 0 && wanted > limit) {
      std::string text = concat_text(function.graph().name(), " needs ", wanted,
                                     " bytes of memory for inputs of these sizes, more than the limit of ", limit);
      function.forget(std::shared_ptr<Plan>(plan));
      throw UserError(text, Fault::input);
    }
    if (wanted > arena_bytes) {
      arena = nullptr;
      arena_bytes = 0;
      arena = allocate_bytes(wanted);
      arena_bytes = wanted;
    }
    plan->relocate(arena.get());
  }

  void check_leaves(const PreparedFunction& function, const std::vector<const Tensor*>& inputs) {
    for (std::size_t i = 0; i < inputs.size(); ++i)
      check_finite(inputs[i]->view(), concat_text("input \"", function.graph().inputs()[i].node().name, "\" of ",
                                                  function.graph().name()));
    for (std::size_t slot : function.reads)
      check_finite(variables.get(slot).view(),
                   concat_text("variable \"", variables.module().variables()[slot].name, "\""));
  }

  // First the memory, which may be refused, then the values.
  void commit(const PreparedFunction& function, const Plan& plan) {
    for (std::size_t slot : function.writes)
      if (!variables.has(slot)) variables.set(slot, initial_value(variables.module().variables()[slot], 0));
    targets.clear();
    for (std::size_t i = 0; i < function.writes.size(); ++i) targets.push_back(variables.writable(function.writes[i]));
    for (std::size_t i = 0; i < function.writes.size(); ++i) {
      std::size_t bytes = variables.get(function.writes[i]).bytes();
      if (bytes > 0 && targets[i] != plan.update(i)) std::memcpy(targets[i], plan.update(i), bytes);
    }
  }

  SessionOptions options;
  VariableStore variables;
  ThreadPool threads;
  PlanHost host;
  std::map<std::string, std::unique_ptr<PreparedFunction>, std::less<>> functions;
  std::shared_ptr<std::byte> arena;
  std::size_t arena_bytes = 0;
  std::vector<void*> targets;
};

namespace {

std::size_t position_of(const std::vector<std::string>& names, std::string_view name, std::string_view what,
                        const std::string& function) {
  auto found = std::find(names.begin(), names.end(), name);
  require(found != names.end(), Fault::usage, function, " has no ", what, " \"", name, "\"; it has ", join(names));
  return static_cast<std::size_t>(found - names.begin());
}

std::vector<std::string> input_names(const Graph& graph) {
  std::vector<std::string> names;
  for (const Value& input : graph.inputs()) names.push_back(input.node().name);
  return names;
}

std::vector<std::string> output_names(const Graph& graph) {
  std::vector<std::string> names;
  for (const NamedValue& output : graph.outputs()) names.push_back(output.name);
  return names;
}

}  // namespace

Session::Session(const Module& module, SessionOptions options)
    : state_(std::make_unique<State>(module, std::move(options))) {}
Session::~Session() = default;

const Module& Session::module() const { return state_->variables.module(); }
void Session::initialize(std::int64_t seed) { state_->variables.initialize(seed, false); }
void Session::initialize_missing(std::int64_t seed) { state_->variables.initialize(seed, true); }

bool Session::has_variable(std::string_view name) const { return state_->variables.has(state_->variables.slot(name)); }

Tensor Session::variable(std::string_view name) const { return state_->variables.get(state_->variables.slot(name)); }

void Session::set_variable(std::string_view name, Tensor value) {
  state_->variables.set(state_->variables.slot(name), std::move(value));
}

TensorMap Session::variables() const {
  TensorMap values;
  for (const Variable& variable : module().variables())
    if (has_variable(variable.name)) values[variable.name] = this->variable(variable.name);
  return values;
}

TensorMap Session::run(std::string_view function, const TensorMap& inputs) {
  PreparedFunction& prepared = state_->prepared(function);
  const Graph& graph = prepared.graph();
  std::vector<const Tensor*> ordered;
  for (const Value& input : graph.inputs()) {
    auto found = inputs.find(input.node().name);
    ordered.push_back(found == inputs.end() ? nullptr : &found->second);
  }
  if (inputs.size() != ordered.size()) bind_inputs(graph, inputs);
  const Plan& plan = *state_->run(prepared, ordered);
  TensorMap outputs;
  for (std::size_t i = 0; i < graph.outputs().size(); ++i) outputs[graph.outputs()[i].name] = plan.outputs()[i];
  return outputs;
}

namespace {

class PreparedCall : public Session::Call {
 public:
  using Run = std::shared_ptr<Plan>& (*)(void* state, PreparedFunction&, const std::vector<const Tensor*>&);
  PreparedCall(PreparedFunction& function, void* state, Run run_function)
      : function_(function),
        state_(state),
        run_(run_function),
        inputs_(function.graph().inputs().size()),
        ordered_(inputs_.size()) {}

  std::size_t input_index(std::string_view name) const override {
    return position_of(input_names(function_.graph()), name, "input", function_.graph().name());
  }
  std::size_t output_index(std::string_view name) const override {
    return position_of(output_names(function_.graph()), name, "output", function_.graph().name());
  }
  void set_input(std::size_t index, Tensor value) override {
    inputs_.at(index) = std::move(value);
    ordered_[index] = &inputs_[index];
  }
  TensorView input(std::size_t index) const override { return inputs_.at(index).view(); }
  void* input_data(std::size_t index) override { return inputs_.at(index).mutable_data(); }
  void run() override { plan_ = run_(state_, function_, ordered_); }
  TensorView output(std::size_t index) const override {
    require(plan_ != nullptr, Fault::usage, function_.graph().name(), " has not run yet, so it has no outputs");
    return plan_->outputs().at(index).view();
  }

  const void* output_data(std::size_t index) const override { return plan_->outputs()[index].data(); }

 private:
  PreparedFunction& function_;
  void* state_;
  Run run_;
  std::vector<Tensor> inputs_;
  std::vector<const Tensor*> ordered_;
  std::shared_ptr<Plan> plan_;
};

}  // namespace

std::shared_ptr<Session::Call> Session::prepare(std::string_view function) {
  return std::make_shared<PreparedCall>(
      state_->prepared(function), state_.get(),
      [](void* state, PreparedFunction& prepared, const std::vector<const Tensor*>& inputs) -> std::shared_ptr<Plan>& {
        return static_cast<State*>(state)->run(prepared, inputs);
      });
}

std::shared_ptr<const Executable> Session::executable(std::string_view function) {
  return state_->prepared(function).executable;
}

void Session::use(std::shared_ptr<const Executable> executable) {
  bool is_known = state_->functions.contains(executable->function());
  require(!is_known, Fault::usage, executable->function(), " is compiled in this session already");
  state_->prepare(std::move(executable));
}

void Session::record(Profile* profile) { state_->host.set_profile(profile); }

std::size_t Session::arena_bytes() const { return state_->arena_bytes; }

}  // namespace gradloom
