// Damaged files of every kind that serialization/ reads: no crash, no error without type and place (row R6).
#include <doctest/doctest.h>

#include <cstdlib>

#include "tests/serialization/hostile_input.h"
#include "tests/serialization/mutate.h"

using namespace gradloom;

namespace {

// Runs the reader on damaged copies of the samples; the seed in the message makes the same file again.
template <class Reader>
void survive(const std::vector<std::string>& samples, const Reader& reader) {
  for (const std::string& sample : samples) REQUIRE(reader(sample) == "");
  const std::uint64_t count = std::getenv("GRADLOOM_LONG") != nullptr ? 100'000 : 1'000;
  for (std::uint64_t seed = 0; seed < count; ++seed) {
    const std::string& sample = samples[seed % samples.size()];
    std::string broken = reader(mutated(sample, seed));
    CHECK_MESSAGE(broken == "", "seed ", seed, " of sample ", seed % samples.size(), ": ", broken);
  }
}

std::string golden(const std::string& name) {
  return read_file(GRADLOOM_SOURCE_DIR "/tests/golden/" + name, 1'000'000);
}

}  // namespace

TEST_CASE("serialization/mutation: damaged JSON") {
  survive({R"({"format": "gradloom-module", "version": 1, "functions": {"loss": {"inputs": [{"name": "x", "dtype":)"
           R"( "float32", "shape": ["batch", 3]}], "nodes": [{"name": "y", "op": "add", "inputs": ["x", "x"]},)"
           R"( {"name": "c", "op": "constant", "value": [1.5, -0.0, "nan", 1e-30, true, null]}]}}})",
           "[[[[[1, 2], {}], []], \"\\u00e9\\ud83d\\ude00\"], -12345678901234567890]", "{\"caf\xc3\xa9\": \"\\n\"}"},
          hostile::read_json);
}

TEST_CASE("serialization/mutation: damaged safetensors") {
  Safetensors content;
  content.tensors.emplace_back("a", Tensor::from<float>({2, 2}, {1, 2, 3, 4}));
  content.tensors.emplace_back("mask", Tensor::from<bool>({3}, {true, false, true}));
  content.tensors.emplace_back("none", Tensor(DType::int64, {0, 7}));
  survive({golden("reference.safetensors"), safetensors_bytes(content), safetensors_bytes({})},
          hostile::read_safetensors_bytes);
}

TEST_CASE("serialization/mutation: damaged npy") {
  std::vector<std::string> samples;
  for (const char* name : {"f4", "f4_fortran", "f8_big", "i4_big_fortran", "i8_scalar", "b1", "empty", "version2"})
    samples.push_back(golden(std::string("npy/") + name + ".npy"));
  survive(samples, hostile::read_npy_bytes);
}

TEST_CASE("serialization/mutation: damaged ONNX models") {
  survive({golden("onnx/every_field.onnx"), golden("onnx/plain.onnx")}, hostile::read_onnx_bytes);
}

TEST_CASE("serialization/mutation: damaged ONNX tensors") {
  std::vector<std::string> samples;
  for (const onnx::Tensor& tensor :
       read_onnx(GRADLOOM_SOURCE_DIR "/tests/golden/onnx/every_field.onnx").graph.initializers)
    samples.push_back(onnx_tensor_bytes(tensor));
  // Also with the elements in a list: two int32.
  samples.push_back(std::string("\x08\x02\x10\x06\x2a\x03\x05\x96\x01", 9));
  survive(samples, hostile::read_onnx_tensor_bytes);
}
