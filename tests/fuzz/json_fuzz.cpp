// The libFuzzer target of the json reader: any bytes, and what tests/serialization/hostile_input.h promises of them.
#include <cstdio>
#include <cstdlib>

#include "tests/serialization/hostile_input.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  std::string broken = gradloom::hostile::read_json({reinterpret_cast<const char*>(bytes), size});
  if (broken.empty()) return 0;
  std::fprintf(stderr, "%s\n", broken.c_str());
  std::abort();
}
