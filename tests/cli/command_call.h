// Runs the built command as a user does, and keeps what it said.
#pragma once

#include <string>
#include <vector>

namespace gradloom {

struct Called {
  int code = 0;
  std::string out, err;
};

/// Whether the command is built; tests of it say so and pass where it is not.
bool command_is_built();

/// `gradloom ARGUMENTS` with `input` on standard input.
Called call(const std::vector<std::string>& arguments, const std::string& input = "");

}  // namespace gradloom
