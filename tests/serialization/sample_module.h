// A small module with a variable, a loop, an update and a symbolic size, and the exact text it is saved as: what the
// tests of files and of the command are made with.
#pragma once

#include <memory>
#include <string>

#include "graph/module.h"

namespace gradloom {

/// Variables `weight` and `count`; function `step(x [time, batch], start [batch])` -> `total`, `trace`.
std::unique_ptr<Module> sample_module();

/// What write_module_json makes of it.
std::string sample_module_text();

}  // namespace gradloom
