// What must hold for whatever text the reader of module.json is given, and damage that keeps such a text well-formed,
// so that it reaches the checks behind the parser.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ops/registry.h"
#include "serialization/module_json.h"
#include "tests/serialization/hostile_input.h"
#include "tests/serialization/mutate.h"

namespace gradloom::hostile {

/// It is refused as broken_promise allows, or makes a module that is written and read to the same bytes.
inline std::string read_module(std::string_view bytes, const TensorMap& constants = {}) {
  return broken_promise([&]() -> std::string {
    auto module = read_module_json(bytes, "hostile", constants);
    ModuleJson once = write_module_json(*module);
    ModuleJson again = write_module_json(*read_module_json(once.text, "hostile", once.constants));
    return again.text == once.text ? "" : "does not read back: " + once.text;
  });
}

/// The text with one to four strings in the place of others: of its own, or names of operations.
inline std::string with_strings_exchanged(std::string_view original, std::uint64_t seed) {
  SeededNumbers random(seed);
  std::string text(original);
  for (std::size_t changes = 1 + random.below(4); changes > 0; --changes) {
    std::vector<std::pair<std::size_t, std::size_t>> strings;  // begin and size, quotes included
    for (std::size_t at = text.find('"'); at != std::string::npos; at = text.find('"', at)) {
      std::size_t end = text.find('"', at + 1);
      if (end == std::string::npos) break;
      strings.emplace_back(at, end + 1 - at);
      at = end + 1;
    }
    if (strings.empty()) return text;
    auto [at, size] = strings[random.below(strings.size())];
    std::string other;
    if (random.below(4) == 0) {
      std::vector<const OpDef*> ops = all_ops();
      other = concat_text('"', ops[random.below(ops.size())]->name, '"');
    } else {
      auto [from, length] = strings[random.below(strings.size())];
      other = text.substr(from, length);
    }
    text.replace(at, size, other);
  }
  return text;
}

}  // namespace gradloom::hostile
