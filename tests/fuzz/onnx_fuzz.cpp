// The libFuzzer target of the ONNX reader: any bytes, as a model and as a tensor alone, and what
// tests/serialization/hostile_input.h promises of them.
#include <cstdio>
#include <cstdlib>

#include "tests/serialization/hostile_input.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(bytes), size);
  for (const std::string& broken :
       {gradloom::hostile::read_onnx_bytes(text), gradloom::hostile::read_onnx_tensor_bytes(text)}) {
    if (broken.empty()) continue;
    std::fprintf(stderr, "%s\n", broken.c_str());
    std::abort();
  }
  return 0;
}
