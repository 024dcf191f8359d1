// Program: a graph as the list of steps that run it, with the bytes of every value assigned to a storage, before any
// size is known. Made once when a function is compiled; a BoundProgram is a Program with sizes and pointers.
#pragma once

#include <memory>
#include <vector>

#include "graph/op_def.h"
#include "runtime/sizes.h"

namespace gradloom {

/// Bytes that a value lives in. Views share their input's storage, and a result computed in place takes over the
/// storage of an operand that dies. Storages in the arena are placed by their lives; the others get a pointer from
/// whoever runs the program: leaves, and results that are written where the caller wants them.
struct Storage {
  bool in_arena = false;
  std::int32_t value = 0;  ///< one of the values that live here, for its size
  std::int32_t first = 0;  ///< the steps between which it is alive
  std::int32_t last = 0;
};

struct ProgramValue {
  DType dtype = DType::float32;
  std::vector<std::int32_t> shape;  ///< numbers in the SizeTable
  std::int32_t storage = -1;
};

struct Loop;
class Program;

struct ProgramStep {
  const Node* node = nullptr;
  std::vector<std::int32_t> inputs, outputs;       ///< values
  std::unique_ptr<Loop> loop;                      ///< of a scan
  std::vector<std::unique_ptr<Program>> branches;  ///< bodies of other operations with control
};

/// A result or a new value of a variable.
struct ProgramOutput {
  std::int32_t value = -1;
  bool is_direct = false;    ///< its storage belongs to this result alone: point it at where the result is wanted
  bool is_in_place = false;  ///< of a next carry: it overwrites the carry
};

struct ProgramOptions {
  bool overwrite = true;           ///< results may take over the bytes of operands that die
  std::size_t num_carries = 0;     ///< of a loop's body
  std::vector<bool> freezes = {};  ///< of each carry: rows stay as they were, so the old bytes are needed
};

class Program {
 public:
  /// `graph` must outlive the program and not change. Its sizes are added to `sizes`.
  Program(const Graph& graph, SizeTable& sizes, const ProgramOptions& options = {});
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  const Graph& graph() const { return *graph_; }
  const std::vector<ProgramStep>& steps() const { return steps_; }
  const std::vector<ProgramValue>& values() const { return values_; }
  const ProgramValue& value(std::int32_t index) const { return values_[static_cast<std::size_t>(index)]; }
  const std::vector<Storage>& storages() const { return storages_; }
  /// In the order of graph().inputs(), graph().outputs() and graph().updates().
  const std::vector<std::int32_t>& inputs() const { return inputs_; }  ///< values
  const std::vector<ProgramOutput>& outputs() const { return outputs_; }
  const std::vector<ProgramOutput>& updates() const { return updates_; }
  /// Leaves: the node and its value.
  const std::vector<std::pair<const Node*, std::int32_t>>& variables() const { return variables_; }
  const std::vector<std::pair<const Node*, std::int32_t>>& literals() const { return literals_; }

 private:
  std::int32_t value_of(const Value& value) const {
    return first_value_[static_cast<std::size_t>(value.node_index())] + value.output_index();
  }
  ProgramValue& value_at(std::int32_t index) { return values_[static_cast<std::size_t>(index)]; }
  Storage& storage_of(std::int32_t value) { return storages_[static_cast<std::size_t>(value_at(value).storage)]; }
  std::int32_t add_storage(bool in_arena, std::int32_t value, std::int32_t step);
  void number_values(SizeTable& sizes);
  void find_last_uses();
  void assign_storages(SizeTable& sizes, const ProgramOptions& options);
  void add_step(const Node& node, std::int32_t first, std::int32_t place, SizeTable& sizes,
                const ProgramOptions& options);
  std::int32_t operand_to_overwrite(const ProgramStep& step, std::int32_t output, const ProgramOptions& options) const;
  bool same_layout(std::int32_t a, std::int32_t b) const;
  void assign_outputs(const ProgramOptions& options);
  void overwrite_variables();

  const Graph* graph_;
  std::vector<std::int32_t> first_value_;  // of each node, -1 where it is not needed
  std::vector<ProgramValue> values_;
  std::vector<std::int32_t> order_;     // nodes as they run; uses are told by places in it
  std::int32_t late_from_ = 0;          // the first place whose step leads to new values of variables only
  std::vector<bool> is_update_;         // of each value: a variable's new one
  std::vector<std::int32_t> last_use_;  // the last place where the value or a view of it is read
  std::vector<std::int32_t> occupant_;  // of each storage: the value that lives there now
  std::vector<std::int32_t> place_of_step_;
  std::vector<ProgramStep> steps_;
  std::vector<Storage> storages_;
  std::vector<std::int32_t> inputs_;
  std::vector<ProgramOutput> outputs_, updates_;
  std::vector<std::pair<const Node*, std::int32_t>> variables_, literals_;
  std::int32_t size_one_ = -1;
};

/// A scan's facts that do not depend on sizes, with its body's program.
struct Loop {
  Loop(const Node& node, SizeTable& sizes, bool overwrite);

  std::size_t num_carries, num_sequences, num_constants, num_outputs;
  bool reverse, has_lengths;
  std::int32_t length;        ///< the number of steps, in the SizeTable
  std::int32_t batch = -1;    ///< with lengths: the number of rows
  std::vector<bool> freezes;  ///< of each carry: rows stay as they were beyond their length
  std::vector<bool> zeroes;   ///< of each output: rows are 0 beyond their length
  std::vector<bool> masks;    ///< of each sequence: rows read as 0 beyond their length
  std::vector<bool> ignores;  ///< of each sequence: nothing that is kept depends on such rows
  bool may_stop;              ///< at the greatest length
  std::unique_ptr<Program> body;
};

}  // namespace gradloom
