// VariableStore: the values of a module's variables, by slot: the variable's place in the module.
#pragma once

#include <memory>
#include <vector>

#include "graph/module.h"
#include "ops/product.h"

namespace gradloom {

class VariableStore {
 public:
  /// The module must outlive the store.
  explicit VariableStore(const Module& module) : module_(module) {}

  /// A UserError with a suggestion when there is no such variable.
  std::size_t slot(std::string_view name);
  bool has(std::size_t slot) const { return slot < values_.size() && values_[slot].is_set; }
  /// A UserError when the variable has no value.
  const Tensor& get(std::size_t slot) const;
  /// A UserError when dtype or shape differ from the declaration.
  void set(std::size_t slot, Tensor value);
  /// By initialiser, seed and name; with `only_missing` those that have no value.
  void initialize(std::int64_t seed, bool only_missing);
  /// The memory of a variable's value, no longer shared with tensors handed out.
  void* writable(std::size_t slot);

  /// Memory that keeps a variable in another form until its value changes. `bytes` and `axis` tell forms apart; one is
  /// kept at a time.
  KeepingHost::Kept kept(std::size_t slot, std::size_t bytes, std::int64_t axis);
  /// The form that was asked for last has been written.
  void mark_kept(std::size_t slot) { values_[slot].kept.is_filled = true; }

  const Module& module() const { return module_; }

 private:
  struct Entry {
    Tensor value;
    bool is_set = false;
    struct {
      std::shared_ptr<std::byte> memory = nullptr;
      std::size_t bytes = 0;
      std::int64_t axis = 0;
      bool is_filled = false;
    } kept = {};
  };
  const Variable& variable(std::size_t slot) const { return module_.variables()[slot]; }
  const Module& module_;
  std::vector<Entry> values_;
};

/// The first value of a variable: a function of its initialiser, the seed and its name. A UserError when integers or
/// bools ask for random numbers.
Tensor initial_value(const Variable& variable, std::int64_t seed);

}  // namespace gradloom
