// Gradloom's own tree keeps the rules of the house, and each rule is shown to notice a made-up file that breaks it.
#include <doctest/doctest.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>

#include "base/text.h"
#include "tests/layout/rules.h"

using namespace gradloom;
namespace fs = std::filesystem;

namespace {

// Files that are longer than 400 lines for a reason that someone wrote down.
constexpr std::array<layout::LongFile, 0> long_files{};

// A folder that lasts as long as the object, for made-up trees.
class MadeUpTree {
 public:
  MadeUpTree() {
    std::string pattern = (fs::temp_directory_path() / "gradloom-layout-XXXXXX").string();
    root_ = mkdtemp(pattern.data());
  }
  ~MadeUpTree() { fs::remove_all(root_); }
  MadeUpTree(const MadeUpTree&) = delete;
  MadeUpTree& operator=(const MadeUpTree&) = delete;

  void write(const fs::path& path, const std::string& text) const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  std::string violations(std::span<const layout::LongFile> excepted = {}) const {
    return join(layout::violations(root_, excepted), "\n");
  }

 private:
  fs::path root_;
};

// What a tree of one file breaks.
std::string violations_of(const std::string& path, const std::string& text) {
  MadeUpTree tree;
  tree.write(path, text);
  return tree.violations();
}

const std::string opening = "// A made-up file.\n";

}  // namespace

TEST_CASE("layout: the tree keeps the rules of the house") {
  for (const std::string& text : layout::violations(GRADLOOM_SOURCE_DIR, long_files)) FAIL_CHECK(text);
  CHECK(layout::cpp_files(GRADLOOM_SOURCE_DIR).size() > 10);
}

TEST_CASE("layout: a tree without faults has no violations") {
  MadeUpTree tree;
  tree.write("graph/value.h", opening + "#pragma once\n#include \"graph/dim.h\"\n#include \"base/error.h\"\n");
  tree.write("runtime/passes/fold.cpp", opening + "#include \"runtime/plan.h\"\n#include \"ops/ops.h\"\n");
  tree.write("tests/graph/value_test.cpp",
             opening + "#define NAME\n#include \"cli/train.h\"\n#include \"tests/near.h\"\n");
  tree.write("tensor/xt.h", opening + "#pragma once\n#include <xtensor/xarray.hpp>\n");
  tree.write("build/release/made.cpp", "no opening\n");
  tree.write(".hidden/made.cpp", "no opening\n");
  tree.write("docs/common.md", "no opening\n");
  CHECK(tree.violations() == "");
}

TEST_CASE("layout: includes go only to the right") {
  CHECK(violations_of("graph/value.cpp", opening + "#include \"ops/ops.h\"\n") ==
        "graph/value.cpp:2: graph may not include \"ops/ops.h\"");
  CHECK(violations_of("ops/math.cpp", opening + "#include \"tests/near.h\"\n") ==
        "ops/math.cpp:2: ops may not include \"tests/near.h\"");
  CHECK(violations_of("ops/math.cpp", opening + "#include \"near.h\"\n") ==
        "ops/math.cpp:2: ops may not include \"near.h\"");
  CHECK(violations_of("engine/math.cpp", opening) ==
        "engine/math.cpp: folder \"engine\" is not in the line of folders");
}

TEST_CASE("layout: a file has at most 400 lines unless it is excepted by name") {
  MadeUpTree tree;
  std::string text = opening;
  for (int i = 1; i < 400; ++i) text += "\n";
  tree.write("ops/exact.cpp", text);
  tree.write("ops/long.cpp", text + "\n");
  CHECK(tree.violations() == "ops/long.cpp: 401 lines, more than 400");
  std::array<layout::LongFile, 1> excepted{{{"ops/long.cpp", "a table that reads best in one piece"}}};
  CHECK(tree.violations(excepted) == "");
}

TEST_CASE("layout: slow headers stay out of headers") {
  CHECK(violations_of("ops/math.cpp", opening + "#include <xtensor/xmath.hpp>\n") ==
        "ops/math.cpp:2: only tensor/xt.h includes xtensor");
  CHECK(violations_of("ops/math.cpp", opening + "#include <xtensor-blas/xlinalg.hpp>\n") ==
        "ops/math.cpp:2: only tensor/xt.h includes xtensor");
  CHECK(violations_of("ops/math.h", opening + "#pragma once\n#include \"tensor/xt.h\"\n") ==
        "ops/math.h:3: a header includes \"tensor/xt.h\", which is slow to compile");
  CHECK(violations_of("serialization/json.h", opening + "#pragma once\n#include <nlohmann/json.hpp>\n") ==
        "serialization/json.h:3: a header includes \"nlohmann/json.hpp\", which is slow to compile");
}

TEST_CASE("layout: a file opens with a sentence") {
  const std::string expected = "ops/math.cpp: does not open with a // comment that is a sentence";
  CHECK(violations_of("ops/math.cpp", "#include \"ops/ops.h\"\n") == expected);
  CHECK(violations_of("ops/math.cpp", "// element-wise\n") == expected);
  CHECK(violations_of("ops/math.cpp", "\n" + opening) == expected);
  CHECK(violations_of("ops/math.cpp", "") == expected);
}

TEST_CASE("layout: file names say what is inside") {
  CHECK(violations_of("ops/math_utils.cpp", opening) ==
        "ops/math_utils.cpp: the file name's word \"utils\" says nothing about what is inside");
  CHECK(violations_of("tests/helper.h", opening + "#pragma once\n") ==
        "tests/helper.h: the file name's word \"helper\" says nothing about what is inside");
  CHECK(violations_of("ops/math.hpp", opening) == "ops/math.hpp: C++ files end in .h or .cpp, not .hpp");
}

TEST_CASE("layout: no tabs, machine paths, marks of unfinished work, macros") {
  CHECK(violations_of("ops/math.cpp", opening + "int\tx;\n") == "ops/math.cpp:2: a tab");
  CHECK(violations_of("ops/math.cpp", opening + "int x;\r\n") == "ops/math.cpp:2: a carriage return");
  CHECK(violations_of("ops/math.cpp", opening + "open(\"/" + "home/me/x\");\n") ==
        "ops/math.cpp:2: the absolute path /" + std::string("home/ of one machine"));
  CHECK(violations_of("tests/math.cpp", opening + "int x;  // TO" + "DO later\n") ==
        "tests/math.cpp:2: \"TO" + std::string("DO\" marks unfinished work"));
  CHECK(violations_of("ops/math.cpp", opening + "fail(\"not imple" + "mented\");\n") ==
        "ops/math.cpp:2: \"not imple" + std::string("mented\" marks unfinished work"));
  CHECK(violations_of("ops/math.cpp", opening + "#define SQUARE(x) x * x\n") == "ops/math.cpp:2: the macro SQUARE");
}

TEST_CASE("layout: a header is included once") {
  CHECK(violations_of("ops/math.h", opening) == "ops/math.h: a header without #pragma once");
}

TEST_CASE("layout: every source file is laid out by clang-format 14") {
  if (std::system("clang-format --version 2>&1 | grep -q 'version 14\\.'") != 0) {
    MESSAGE("skipped: clang-format 14 is not installed");
    return;
  }
  std::string command = "cd '" GRADLOOM_SOURCE_DIR "' && clang-format --dry-run -Werror";
  for (const fs::path& path : layout::cpp_files(GRADLOOM_SOURCE_DIR)) command += " '" + path.string() + "'";
  CHECK_MESSAGE(std::system(command.c_str()) == 0, "./run format lays them out");
}
