// The rules of the house as one function over a source tree, so that layout_test.cpp can hold them against made-up
// trees as well as against Gradloom's own.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gradloom::layout {

/// A file that may be longer than 400 lines, and why.
struct LongFile {
  std::string_view path;
  std::string_view reason;
};

/// The C++ files below the root, relative to it and sorted; build folders, hidden folders and golden files left out.
std::vector<std::filesystem::path> cpp_files(const std::filesystem::path& root);

/// What the C++ files below the root break, as `path: message` or `path:line: message`, sorted by path.
std::vector<std::string> violations(const std::filesystem::path& root, std::span<const LongFile> long_files = {});

}  // namespace gradloom::layout
