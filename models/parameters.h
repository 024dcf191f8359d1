// Where a layer's parameters are declared: a module, a path of scopes, a dtype.
#pragma once

#include <string>
#include <string_view>

#include "graph/module.h"

namespace gradloom {

class Parameters {
 public:
  explicit Parameters(Module& module, DType dtype = DType::float32, std::string path = "")
      : module_(&module), dtype_(dtype), path_(std::move(path)) {}

  /// The same module, one scope deeper: `Parameters(module) / "encoder" / "layer_0"`.
  Parameters operator/(std::string_view scope) const {
    return Parameters(*module_, dtype_, path_ + std::string(scope) + "/");
  }

  /// Declares a parameter and returns its full name. A UserError when the name is taken.
  std::string declare(std::string_view name, Shape shape, Initializer initializer) const {
    Variable variable;
    variable.name = path_ + std::string(name);
    variable.dtype = dtype_;
    variable.shape = std::move(shape);
    variable.initializer = initializer;
    return module_->add_variable(std::move(variable)).name;
  }
  /// A weight [out, in] with Glorot's uniform initialiser.
  std::string weight(std::string_view name, std::int64_t out, std::int64_t in) const {
    return declare(name, {out, in}, glorot_uniform(out, in));
  }
  /// A bias [size] of zeros.
  std::string bias(std::string_view name, std::int64_t size) const { return declare(name, {size}, constant_fill(0)); }

  Module& module() const { return *module_; }
  DType dtype() const { return dtype_; }

 private:
  Module* module_;
  DType dtype_;
  std::string path_;
};

}  // namespace gradloom
