// The list of imported operators in docs/onnx.md is the one that the code has.
#include "serialization/onnx_import/operator_table.h"

#include <doctest/doctest.h>

#include <sstream>

#include "serialization/file.h"

using namespace gradloom;

namespace {

// As the page shows it: names in order, in lines of at most 120 letters, the operators of other domains after ONNX's
// own.
std::string operator_list() {
  std::string text, line;
  std::string_view domain;
  auto end_line = [&] {
    text += line + "\n";
    line = "    ";
  };
  line = "    ";
  for (const ImportRule* rule : all_import_rules()) {
    if (rule->domain != domain) {
      end_line();
      line += std::string(rule->domain) + ":";
      domain = rule->domain;
    }
    std::string word = (line.size() > 4 ? " " : "") + std::string(rule->op);
    if (line.size() + word.size() > 120) {
      end_line();
      word = rule->op;
    }
    line += word;
  }
  end_line();
  return text;
}

}  // namespace

TEST_CASE("onnx_import/operator_table: docs/onnx.md lists every operator") {
  std::string page = read_file(GRADLOOM_SOURCE_DIR "/docs/onnx.md", 1'000'000);
  CHECK_MESSAGE(page.find("\n" + operator_list()) != std::string::npos, operator_list());
}
