// A user of gradloom::gradloom: scores a translation, and sees a UserError arrive across the library's border.
#include <cstdio>
#include <string>
#include <vector>

#include "base/error.h"
#include "tensor/tensor.h"
#include "text/bleu.h"

int main() {
  std::vector<std::string> references{"the cat sat on the mat"};
  auto counts = gradloom::bleu_counts("the cat sat on the mat", references);
  std::printf("%g\n", gradloom::bleu_from_counts(counts).score);
  try {
    gradloom::Tensor(gradloom::DType::float32, {-1});
  } catch (const gradloom::UserError& error) {
    std::printf("%s\n", error.what());
  }
}
