// The passes of the compiler: each a rewrite of a function into an equal one that costs less. They run over the
// compiler's own copy of the function, bodies included.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/session.h"

namespace gradloom {

/// What a pass did.
struct PassResult {
  std::int64_t changes = 0;  ///< 0: the module is as it was
  std::string text;          ///< `removed 12 nodes`; "" when it did nothing
};

/// `module` holds one function and is replaced or left alone.
using PassRule = PassResult (*)(std::unique_ptr<Module>& module, std::string_view function);

struct PassDef {
  std::string_view name;
  std::string_view summary;  ///< one line, lower-case, without a full stop
  PassRule run = nullptr;
  bool is_last = false;  ///< runs once, when no other pass finds anything more to do
};

/// All passes in the order in which they run.
std::span<const PassDef> all_passes();

/// Runs the passes in order, again and again until none changes anything. A UserError names a pass in `without` that
/// does not exist.
std::vector<PassReport> run_passes(std::unique_ptr<Module>& module, std::string_view function,
                                   const std::vector<std::string>& without = {});

PassResult constant_carries(std::unique_ptr<Module>& module, std::string_view function);
PassResult gather_accumulations(std::unique_ptr<Module>& module, std::string_view function);
PassResult skip_padding(std::unique_ptr<Module>& module, std::string_view function);
PassResult fold_bias(std::unique_ptr<Module>& module, std::string_view function);
PassResult fuse(std::unique_ptr<Module>& module, std::string_view function);
PassResult split_products(std::unique_ptr<Module>& module, std::string_view function);
PassResult hoist(std::unique_ptr<Module>& module, std::string_view function);
PassResult sink(std::unique_ptr<Module>& module, std::string_view function);
PassResult drop_unused(std::unique_ptr<Module>& module, std::string_view function);
PassResult share_equal(std::unique_ptr<Module>& module, std::string_view function);
PassResult fold_constants(std::unique_ptr<Module>& module, std::string_view function);
PassResult simplify(std::unique_ptr<Module>& module, std::string_view function);
PassResult tidy_branches(std::unique_ptr<Module>& module, std::string_view function);
PassResult tidy_loops(std::unique_ptr<Module>& module, std::string_view function);
PassResult merge_scans(std::unique_ptr<Module>& module, std::string_view function);

}  // namespace gradloom
