// gradloom run: any function of any module, on tensors from npy files, once or many times.
#include <memory>

#include "base/error.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "runtime/session.h"
#include "serialization/file.h"
#include "serialization/model_folder.h"
#include "serialization/npy.h"

namespace gradloom {

namespace {

struct RunRequest {
  std::string model, function;
  NamedFiles inputs, outputs;
  std::int64_t steps = 1, seed = 1, threads = 1, max_memory = 0, max_steps = 0;
  bool save = false, check_finite = false, plain = false;
};

constexpr std::int64_t mebibyte = std::int64_t{1} << 20;

SessionOptions session_options(const RunRequest& request) {
  SessionOptions options;
  options.compile.optimize = !request.plain;
  options.threads = static_cast<int>(request.threads);
  options.max_memory_bytes = static_cast<std::size_t>(request.max_memory * mebibyte);
  options.max_steps = request.max_steps;
  options.check_finite = request.check_finite;
  return options;
}

// Everything that can be wrong with the names is said before anything runs.
void check_names(const RunRequest& request, const Graph& function) {
  std::vector<std::string> inputs, outputs;
  for (const Value& input : function.inputs()) inputs.push_back(input.node().name);
  for (const NamedValue& output : function.outputs()) outputs.push_back(output.name);
  auto check = [&](const NamedFiles& given, const std::vector<std::string>& known, const char* what) {
    for (const auto& [name, file] : given) {
      bool found = std::find(known.begin(), known.end(), name) != known.end();
      std::string hint = did_you_mean(name, known);
      if (hint.empty()) hint = known.empty() ? "; it has none" : "; it has " + join(known);
      require(found, Fault::input, request.function, " has no ", what, " \"", name, "\"", hint);
    }
  };
  check(request.inputs, inputs, "input");
  check(request.outputs, outputs, "output");
  for (auto first = request.outputs.begin(); first != request.outputs.end(); ++first)
    for (auto second = first + 1; second != request.outputs.end(); ++second)
      require(first->second != second->second, Fault::usage, "--output: ", first->first, " and ", second->first,
              " would both be written to ", first->second);
  for (const auto& [name, file] : request.outputs) require_writable(file);
  require(request.steps > 0 || request.outputs.empty(), Fault::usage, "--output: with --steps 0 there is none");
}

void write_outputs(const RunRequest& request, const TensorMap& results) {
  if (request.outputs.empty())
    for (const auto& [name, tensor] : results) print(concat_text(name, ": ", tensor.text(), "\n"));
  for (const auto& [name, file] : request.outputs) write_npy(file, results.at(name));
}

// The state first: weights of before beside a state of after are still a model and its checkpoint.
void save(const ModelFolder& model, const Graph& function, const TensorMap& variables) {
  if (function.updates().empty()) {
    say(concat_text("gradloom run: ", function.name(), " changes no variable; nothing is saved"));
    return;
  }
  write_state(model.path, *model.module, variables);
  write_weights(model.path, *model.module, variables);
}

int run(const RunRequest& request) {
  ModelFolder model = read_model_folder(request.model);
  const Graph& function = model.module->function(request.function);
  check_names(request, function);
  TensorMap inputs;
  for (const auto& [name, file] : request.inputs) inputs.insert_or_assign(name, read_npy(file));
  if (request.steps == 0) return 0;

  Session session(*model.module, session_options(request));
  for (const auto& [name, tensor] : variables_for(model, function)) session.set_variable(name, tensor);
  session.initialize_missing(request.seed);
  TensorMap results;
  InterruptFlag interrupt;
  for (std::int64_t step = 0; step < request.steps && !interrupt.is_set(); ++step)
    results = session.run(request.function, inputs);
  if (request.save) save(model, function, session.variables());
  if (interrupt.is_set()) throw Interrupted();
  write_outputs(request, results);
  return 0;
}

}  // namespace

extern const Command run_command;
constinit const Command run_command{
    "run", "runs a function of a module on npy files", [](Options& options) -> Run {
      auto request = std::make_shared<RunRequest>();
      constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
      options.argument("MODEL", request->model, "a model folder or a module.json");
      options.text("--function", "NAME", request->function, "the function to run");
      options.required();
      options.named_files("--input", request->inputs, "npy files of the inputs");
      options.named_files("--output", request->outputs, "npy files to write; without any the outputs are printed");
      options.integer("--steps", "N", request->steps, {0, most}, "how often it is run, each time on the same inputs");
      options.flag("--save", request->save, "write what became of the variables into the model folder");
      options.integer("--seed", "N", request->seed, {}, "for variables that are in no file");
      options.integer("--threads", "N", request->threads, {1, 1024}, "how many threads compute");
      options.integer("--max-memory", "MIB", request->max_memory, {0, most / mebibyte},
                      "refuse to take more memory than this; 0: no limit");
      options.integer("--max-steps", "N", request->max_steps, {0, most},
                      "refuse loops of more steps than this; 0: no limit");
      options.flag("--check-finite", request->check_finite, "stop at the first NaN or infinity and say where");
      options.flag("--plain", request->plain, "run the graph as it was declared, without the compiler's passes");
      return [request] { return run(*request); };
    }};

}  // namespace gradloom
