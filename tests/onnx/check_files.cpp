// Asks the checker of the ONNX library about files: a program of its own, because that library and the one for subwords
// cannot share a process. Prints what is wrong and exits 1.
#include <onnx/checker.h>
#include <onnx/onnx_pb.h>
#include <onnx/shape_inference/implementation.h>

#include <fstream>
#include <iostream>
#include <sstream>

namespace {

// "" when the file is a model that passes the checker, and whose declared types are those that inference finds.
std::string refused(const char* path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  onnx::ModelProto model;
  if (!file || !model.ParseFromString(bytes.str())) return "no ONNX model";
  try {
    onnx::checker::check_model(model);
    onnx::ShapeInferenceOptions strict(true, 1, false);
    onnx::shape_inference::InferShapes(model, onnx::OpSchemaRegistry::Instance(), strict);
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

}  // namespace

int main(int count, char** paths) {
  int status = count > 1 ? 0 : 2;
  for (int i = 1; i < count; ++i) {
    std::string said = refused(paths[i]);
    if (said.empty()) continue;
    std::cerr << paths[i] << ": " << said << "\n";
    status = 1;
  }
  if (status == 0) std::cout << count - 1 << " files pass\n";
  return status;
}
