// module.json: a whole module as text that a person can read and compare, one node a line, and that a stranger may have
// written. The format is described in docs/module_format.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "graph/module.h"
#include "runtime/interpreter.h"
#include "serialization/json_reader.h"

namespace gradloom {

/// The version of the format that this release writes, and the newest one that it reads.
inline constexpr std::int64_t module_format_version = 1;

/// Constants of more elements stand outside of the text.
inline constexpr std::int64_t most_inline_elements = 64;

struct ModuleJson {
  std::string text;
  /// The large constants, by the names that the text refers to them: `function:loss:table`. No variable can have
  /// such a name.
  TensorMap constants;
};

/// The same module always makes the same bytes, and so does one that was read from them. A UserError when a node's op
/// is not in the list of operations.
ModuleJson write_module_json(const Module& module);

/// What a reader takes at most; beyond any of them the file is refused (Fault::input).
struct ModuleLimits {
  JsonLimits json = {};
  std::size_t nodes = 100'000;  ///< of all functions and bodies together, inputs counted
  std::size_t graphs = 10'000;  ///< functions and bodies
  std::size_t variables = 20'000;
  std::size_t body_depth = 16;     ///< bodies inside bodies
  std::size_t node_values = 4096;  ///< inputs or results of one node
  std::size_t rank = 16;
  std::int64_t elements = std::int64_t{1} << 31;  ///< of all variables and constants together
};

/// Reads a module back; its types are inferred anew and it passes verify(). `name` is what the errors call the text.
/// Whatever is wrong is a UserError (Fault::input) with the JSON pointer of the place. Bodies have no parent.
std::unique_ptr<Module> read_module_json(std::string_view text, const std::string& name,
                                         const TensorMap& constants = {}, const ModuleLimits& limits = {});

}  // namespace gradloom
