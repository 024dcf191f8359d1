// ONNX's own test data, as Debian's package libonnx-testdata installs them: a folder a case, with a model and tensors.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace gradloom {

/// Where the suites `node`, `simple`, ... lie: the folder that GRADLOOM_ONNX_TESTDATA names, else where the package
/// puts them; "" when there is none.
std::string conformance_folder();

/// Names of the cases of a suite, sorted.
std::vector<std::string> conformance_cases(const std::string& suite);

/// Imports the model, inputs whose values decide shapes as static ones, and runs it on the case's inputs: optimised, as
/// declared, and read back from module.json. The outputs must have the case's dtypes and shapes, integers and bools its
/// values, floats within rtol 1e-3 and atol 1e-7. What is wrong, or "".
std::string run_case(const std::string& suite, const std::string& name);

/// The cases that are left out, with the reason: conformance_skips.txt.
std::map<std::string, std::string> conformance_skips(const std::string& suite);

}  // namespace gradloom
