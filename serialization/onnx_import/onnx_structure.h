// Whether an ONNX model hangs together: what the importer and `check` ask before they look at a single operator.
#pragma once

#include <string>

#include "serialization/onnx/model.h"

namespace gradloom {

/// Every name is given once and before it is used, every operator has a name and its domain a version. An
/// OnnxImportError that names file and node otherwise. Graphs inside graphs see the names around them.
void check_structure(const onnx::Model& model, const std::string& file);

/// `model.onnx: node "fc1" (Gemm)`; a node without name is called by its first output, else by its place.
std::string node_place(const std::string& file, const onnx::Node& node, std::size_t position);

/// ONNX's own operators have two names of their domain: none, and ai.onnx.
std::string canonical_domain(const std::string& domain);

}  // namespace gradloom
