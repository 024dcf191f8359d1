// Values by slot, and their initialisers.
#include "runtime/variable_store.h"

#include <algorithm>

#include "base/error.h"
#include "tensor/random.h"
#include "tensor/slab.h"

namespace gradloom {

Tensor initial_value(const Variable& variable, std::int64_t seed) {
  Tensor value(variable.dtype, variable.shape);
  const Initializer& made = variable.initializer;
  if (made.kind == Initializer::Kind::constant) {
    Tensor one = Tensor::scalar(variable.dtype, made.a);
    visit(variable.dtype, [&]<class T>() {
      auto all = value.mutable_values<T>();
      std::fill(all.begin(), all.end(), one.values<T>()[0]);
    });
    return value;
  }
  require(is_float(variable.dtype), Fault::usage, "variable \"", variable.name, "\" is ", name_of(variable.dtype),
          " but random numbers need float32 or float64");
  if (made.kind == Initializer::Kind::uniform)
    initialise_uniform(value, made.a, made.b, seed, name_hash(variable.name));
  else
    initialise_normal(value, made.a, made.b, seed, name_hash(variable.name));
  return value;
}

std::size_t VariableStore::slot(std::string_view name) {
  const Variable* wanted = &module_.variable(name);
  const auto& all = module_.variables();
  values_.resize(all.size());
  return static_cast<std::size_t>(
      std::find_if(all.begin(), all.end(), [&](const Variable& one) { return &one == wanted; }) - all.begin());
}

const Tensor& VariableStore::get(std::size_t slot) const {
  require(has(slot), Fault::usage, "variable \"", variable(slot).name,
          "\" has no value; initialize the session or set it");
  return values_[slot].value;
}

void VariableStore::set(std::size_t slot, Tensor value) {
  const Variable& declared = variable(slot);
  require(value.dtype() == declared.dtype && value.shape() == declared.shape, Fault::input, "variable \"",
          declared.name, "\" is ", declared.type().text(), " but the value is ", name_of(value.dtype()), " ",
          shape_text(value.shape()));
  if (!value.is_shared()) {
    SlabScope together;
    Tensor given = value;
    value.mutable_data();  // takes a copy, which stands with the other variables
  }
  values_[slot].value = std::move(value);
  values_[slot].is_set = true;
  values_[slot].kept.is_filled = false;
}

void VariableStore::initialize(std::int64_t seed, bool only_missing) {
  values_.resize(module_.variables().size());
  SlabScope together;
  for (std::size_t i = 0; i < values_.size(); ++i)
    if (!only_missing || !values_[i].is_set) values_[i] = {initial_value(variable(i), seed), true};
}

KeepingHost::Kept VariableStore::kept(std::size_t slot, std::size_t bytes, std::int64_t axis) {
  auto& kept = values_[slot].kept;
  if (kept.bytes != bytes || kept.axis != axis) {
    kept = {};
    kept = {allocate_bytes(bytes), bytes, axis, false};
  }
  return {kept.memory.get(), kept.is_filled};
}

void* VariableStore::writable(std::size_t slot) {
  SlabScope together;
  values_[slot].kept.is_filled = false;
  return values_[slot].value.mutable_data();
}

}  // namespace gradloom
