// ONNX's conformance data: every case passes or stands in conformance_skips.txt with its reason, and none of those
// would pass.
#include "tests/serialization/onnx_import/conformance.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <iostream>
#include <map>

using namespace gradloom;

namespace {

using Chooses = bool (*)(const std::string& name);

struct Tally {
  std::size_t passed = 0, skipped = 0, failed = 0;
};

// Prints what became of the cases: how many passed, the reasons of those left out, and each that failed.
Tally run_suite(const std::string& suite, Chooses chooses) {
  Tally tally;
  std::map<std::string, std::string> skips = conformance_skips(suite);
  std::map<std::string, std::size_t> reasons;
  for (const std::string& name : conformance_cases(suite)) {
    if (!chooses(name)) continue;
    std::string text = run_case(suite, name);
    auto skip = skips.find(name);
    bool passed = text.empty(), listed = skip != skips.end();
    if (passed && !listed) {
      ++tally.passed;
    } else if (listed && !passed) {
      ++tally.skipped;
      ++reasons[skip->second];
    } else {
      ++tally.failed;
      std::cout << suite << "/" << name << ": " << (passed ? "passes, but is listed as skipped" : text) << "\n";
    }
  }
  std::cout << suite << ": " << tally.passed << " passed, " << tally.skipped << " skipped, " << tally.failed
            << " failed\n";
  for (const auto& [reason, count] : reasons) std::cout << "  " << count << " skipped: " << reason << "\n";
  return tally;
}

bool is_there() {
  if (!conformance_folder().empty()) return true;
  MESSAGE("skipped: ONNX's test data are not installed (libonnx-testdata), nor named by GRADLOOM_ONNX_TESTDATA");
  return false;
}

bool is_expanded(const std::string& name) { return name.find("_expanded") != std::string::npos; }

}  // namespace

TEST_CASE("onnx_import/conformance: operators") {
  if (!is_there()) return;
  Tally tally = run_suite("node", [](const std::string& name) { return !is_expanded(name); });
  CHECK(tally.failed == 0);
  CHECK(tally.passed >= 673);
}

TEST_CASE("onnx_import/conformance: operators written out as functions") {
  if (!is_there()) return;
  Tally tally = run_suite("node", is_expanded);
  CHECK(tally.failed == 0);
  CHECK(tally.passed >= 102);
}

TEST_CASE("onnx_import/conformance: small models and networks of PyTorch") {
  if (!is_there()) return;
  std::size_t passed = 0;
  for (const char* suite : {"simple", "pytorch-operator", "pytorch-converted"}) {
    Tally tally = run_suite(suite, [](const std::string&) { return true; });
    CHECK(tally.failed == 0);
    passed += tally.passed;
  }
  CHECK(passed >= 133);
}
