// The code in README.md is code of the examples, which are compiled and run.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "serialization/file.h"

using namespace gradloom;

TEST_CASE("layout/readme: each piece of C++ stands in an example word for word") {
  const std::string root = GRADLOOM_SOURCE_DIR;
  std::string examples;
  for (const auto& entry : std::filesystem::directory_iterator(root + "/examples"))
    if (entry.path().extension() == ".cpp") examples += read_file(entry.path().string(), 100'000);
  std::string readme = read_file(root + "/README.md", 1'000'000);
  const std::string open = "```cpp\n", close = "```";
  int pieces = 0;
  for (std::size_t at = readme.find(open); at != std::string::npos; at = readme.find(open, at + 1)) {
    std::size_t begin = at + open.size();
    std::string piece = readme.substr(begin, readme.find(close, begin) - begin);
    CHECK_MESSAGE(examples.find(piece) != std::string::npos, piece);
    ++pieces;
  }
  CHECK(pieces > 0);
}
