// A user of gradloom::engine alone: makes a tensor and prints it with the version.
#include <cstdio>

#include "base/version.h"
#include "tensor/tensor.h"

int main() {
  auto tensor = gradloom::Tensor::from<float>({2}, {1.5f, -2.0f});
  std::printf("%s: %s\n", gradloom::version, tensor.text().c_str());
}
