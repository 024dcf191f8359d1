// Executable: a function compiled, immutable, shared between threads. Session: what runs executables: an arena, a
// small cache of plans by binding, and the values of the module's variables; one a thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "graph/module.h"
#include "runtime/interpreter.h"

namespace gradloom {

struct CompileOptions {
  bool optimize = true;
  std::vector<std::string> without = {};  ///< names of passes to leave out
  bool overwrite = true;                  ///< results may take over the memory of operands that die
};

/// What one pass did, for `show --passes`.
struct PassReport {
  std::string pass;
  std::string text;  ///< `removed 12 nodes`
};

class Executable {
 public:
  /// The module is copied as far as the function needs it; it need not live on. A UserError when there is no such
  /// function.
  static std::shared_ptr<const Executable> compile(const Module& module, std::string_view function,
                                                   const CompileOptions& options = {});
  ~Executable();

  const std::string& function() const;
  /// The optimised graph.
  const Graph& graph() const;
  const std::vector<PassReport>& reports() const;

 private:
  Executable();
  friend class Session;
  struct State;
  std::unique_ptr<State> state_;
};

struct SessionOptions {
  CompileOptions compile = {};
  int threads = 1;
  std::size_t max_memory_bytes = 0;  ///< of the arena, and of kernels' scratch memory; 0: no limit
  std::int64_t max_steps = 0;        ///< of one loop; 0: no limit
  bool check_finite = false;         ///< stop at the first NaN or Inf, naming op, scope, step and inputs' ranges
};

class Profile;

class Session {
 public:
  /// The module must outlive the session. Functions are compiled on first use. Variables have no values until
  /// initialize or set_variable.
  explicit Session(const Module& module, SessionOptions options = {});
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  const Module& module() const;

  /// Every variable by its initialiser: a function of seed and the variable's name.
  void initialize(std::int64_t seed);
  /// Only those that have no value yet.
  void initialize_missing(std::int64_t seed);
  bool has_variable(std::string_view name) const;
  Tensor variable(std::string_view name) const;
  /// A UserError when dtype or shape differ from the declaration.
  void set_variable(std::string_view name, Tensor value);
  TensorMap variables() const;

  /// Runs a function; its variables' new values are in place when it returns, and unchanged when it throws.
  TensorMap run(std::string_view function, const TensorMap& inputs);

  /// A call whose inputs and outputs are found once: for hot loops. Valid while the session lives.
  class Call;
  std::shared_ptr<Call> prepare(std::string_view function);

  std::shared_ptr<const Executable> executable(std::string_view function);
  /// Runs this executable where its function is asked for, instead of compiling anew: sessions of several threads share
  /// one. A UserError when the function is compiled here already, when the module lacks one of its variables, or when
  /// it overwrites operands whose ranges check_finite would name.
  void use(std::shared_ptr<const Executable> executable);
  /// From now on, runs are recorded in `profile`, which must live until this is called again; null: nowhere.
  void record(Profile* profile);
  /// Bytes of the arena now.
  std::size_t arena_bytes() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class Session::Call {
 public:
  virtual ~Call() = default;
  /// Positions by name; a UserError lists the names there are.
  virtual std::size_t input_index(std::string_view name) const = 0;
  virtual std::size_t output_index(std::string_view name) const = 0;
  virtual void set_input(std::size_t index, Tensor value) = 0;
  /// An input that was set.
  virtual TensorView input(std::size_t index) const = 0;
  /// The elements of an input that was set, to be overwritten for the next run.
  virtual void* input_data(std::size_t index) = 0;
  virtual void run() = 0;
  /// Valid until the function runs again.
  virtual TensorView output(std::size_t index) const = 0;
  /// The same elements, without a view to be made of them.
  virtual const void* output_data(std::size_t index) const = 0;
};

}  // namespace gradloom
