// What module.json is refused for: every message to the letter, each with the place (rows R8, R9, R21).
#include <doctest/doctest.h>

#include "serialization/module_json.h"
#include "tests/serialization/sample_module.h"

using namespace gradloom;

namespace {

std::string read(const std::string& text, const ModuleLimits& limits = {}) {
  try {
    read_module_json(text, "m.json", {}, limits);
  } catch (const UserError& error) {
    CHECK(error.fault() == Fault::input);
    return error.what();
  }
  return "(no error)";
}

// The sample with the first `from` behind `after` replaced, and what the reader says to it.
std::string with(const std::string& from, const std::string& to, const std::string& after = "{") {
  std::string text = sample_module_text();
  std::size_t at = text.find(from, text.find(after));
  REQUIRE_MESSAGE(at != std::string::npos, from);
  return read(text.replace(at, from.size(), to));
}

}  // namespace

TEST_CASE("serialization/module_refusal: format and version") {
  CHECK(read("") == "m.json: line 1, column 1: unexpected end of input; expected '[', '{', or a literal");
  CHECK(read("[]") == "m.json: an object was expected, not an array");
  CHECK(read("{}") == "m.json: the key \"format\" is missing; the object is empty");
  CHECK(with("gradloom-module", "onnx") == "m.json: /format: \"gradloom-module\" was expected, not \"onnx\"");
  CHECK(with("\"version\": 1", "\"version\": 2, \"macros\": []") ==
        "m.json: /version: version 2 needs a newer Gradloom; this one (0.1.0) reads version 1");
  CHECK(with("\"version\": 1", "\"version\": 0") ==
        "m.json: /version: an integer from 1 to 9223372036854775807 was expected, not 0");
  CHECK(with("\"version\": 1", "\"version\": 1.0") == "m.json: /version: an integer was expected, not 1.0");
  CHECK(with("\"bodies\"", "\"bodie\"") == "m.json: no key \"bodie\" is known; did you mean \"bodies\"?");
  CHECK(with("\"version\": 1", "\"version\": 1, \"version\": 1") == "m.json: the key \"version\" occurs twice");
}

TEST_CASE("serialization/module_refusal: variables") {
  CHECK(with("\"weight\": {\"dtype\"", "\"we ight\": {\"dtype\"") ==
        "m.json: /variables/we ight: \"we ight\" is not a name, which is made of letters, digits, _, -, ., $ and /");
  CHECK(with("\"count\": {\"dtype\"", "\"weight\": {\"dtype\"") ==
        "m.json: /variables: the key \"weight\" occurs twice");
  CHECK(with("float32", "float16") ==
        "m.json: /variables/weight/dtype: float32, float64, int32, int64 or bool was expected, not \"float16\"");
  CHECK(with("\"float32\"", "32") == "m.json: /variables/weight/dtype: a string was expected, not a number");
  CHECK(with("[]", "[-1]") ==
        "m.json: /variables/weight/shape/0: an integer from 0 to 9223372036854775807 was expected, not -1");
  CHECK(with("[]", "[4294967296, 4294967296]") ==
        "m.json: /variables/weight/shape: shape [4294967296, 4294967296] has more elements than a machine can address");
  CHECK(with("[]", "[\"batch\"]") == "m.json: /variables/weight/shape/0: an integer was expected, not a string");
  CHECK(with("[]", "[2147483649]") ==
        "m.json: /variables/weight: with its 2147483649 elements the file has more than the limit of 2147483648");
  CHECK(with("\"parameter\"", "\"buffer\"") ==
        "m.json: /variables/weight/role: parameter, slot, counter or key was expected, not \"buffer\"");
  CHECK(with("\"uniform\"", "\"unifrom\"") ==
        "m.json: /variables/weight/initializer: no key \"unifrom\" is known; did you mean \"uniform\"?");
  CHECK(with("{\"uniform\": [-0.1, 0.1]}", "{}") ==
        "m.json: /variables/weight/initializer: one of constant, uniform and normal was expected, not 0");
  CHECK(with("[-0.1, 0.1]", "[1]") ==
        "m.json: /variables/weight/initializer/uniform: two numbers were expected, not 1");
  CHECK(with(", \"role\": \"parameter\"", "") ==
        "m.json: /variables/weight: the key \"role\" is missing; there are \"dtype\", \"shape\", \"initializer\"");
}

TEST_CASE("serialization/module_refusal: inputs") {
  CHECK(with("\"name\": \"start\"", "\"name\": \"x\"") ==
        "m.json: /functions/step/inputs/1/name: the name \"x\" is taken by an earlier input or node");
  CHECK(with("\"name\": \"start\"", "\"name\": \"weight\"") ==
        "m.json: /functions/step/inputs/1/name: the module has a variable of the name \"weight\"");
  CHECK(
      with("\"name\": \"start\"", "\"name\": \"\"") ==
      "m.json: /functions/step/inputs/1/name: \"\" is not a name, which is made of letters, digits, _, -, ., $ and /");
  CHECK(with("[\"time\", \"batch\"]", "[\"time\", -1]") ==
        "m.json: /functions/step/inputs/0/shape/1: a size of 0 or more was expected, not -1");
  CHECK(
      with("[\"time\", \"batch\"]", "[\"2 time\", 1]") ==
      "m.json: /functions/step/inputs/0/shape/0: size \"2 time\": an operator or the end was expected at character 3");
  CHECK(with("[\"time\", \"batch\"]", "[\"$9000000000000\"]") ==
        "m.json: /functions/step/inputs/0/shape: the number of $9000000000000 is above 1099511627776");
  CHECK(with("[\"batch\"]}", "[\"batch\"], \"static\": true}") ==
        "m.json: /functions/step/inputs/1/static: a static input is int64 and of rank 0 or 1, not float32 [batch]");
  CHECK(with("\"shape\": []}\n", "\"shape\": [], \"static\": true}\n", "bodies") ==
        "m.json: /bodies/step~1scan/inputs/2/static: inputs of bodies are not static");
}

TEST_CASE("serialization/module_refusal: nodes") {
  const std::string add = R"("op": "add", "inputs": ["count", "constant_2"])";
  CHECK(with("\"op\": \"mul\"", "\"op\": \"mull\"") ==
        "m.json: /functions/step/nodes/3/op: no op \"mull\"; did you mean \"mul\"?");
  CHECK(with("\"op\": \"mul\"", "\"op\": \"mul\\n\"") ==
        "m.json: /functions/step/nodes/3/op: no op \"mul\\u000a\"; did you mean \"mul\"?");
  CHECK(with("\"name\": \"mul\"", "\"name\": \"scan\"") ==
        "m.json: /functions/step/nodes/3/name: the name \"scan\" is taken by an earlier input or node");
  CHECK(with("\"name\": \"weight\", \"op\"", "\"name\": \"wait\", \"op\"") ==
        "m.json: /functions/step/nodes/0/name: no variable \"wait\"");
  CHECK(with("\"name\": \"weight\", \"op\"", "\"name\": \"weigth\", \"op\"") ==
        "m.json: /functions/step/nodes/0/name: no variable \"weigth\"; did you mean \"weight\"?");
  CHECK(with(add, R"("op": "add", "inputs": ["count"])") ==
        "m.json: /functions/step/nodes/6: add: 1 inputs were given but it takes 2");
  CHECK(with(add, R"("op": "add")") == "m.json: /functions/step/nodes/6: add: 0 inputs were given but it takes 2");
  CHECK(with(add, R"("op": "add", "inputs": ["count", "constant"])") ==
        "m.json: /functions/step/nodes/6: add(a: int64 [], b: float32 []): a is int64 but b is float32; cast one of "
        "them");
  CHECK(with(add, R"("op": "add", "inputs": ["count", "konstant_2"])") ==
        "m.json: /functions/step/nodes/6/inputs/1: no input or node \"konstant_2\" stands before this place; did you "
        "mean \"constant_2\"?");
  CHECK(with(add, R"("op": "add", "inputs": ["count", "add"])") ==
        "m.json: /functions/step/nodes/6/inputs/1: \"add\" is this node itself");
  CHECK(
      with(R"(["weight", "constant"])", R"(["weight", "add"])") ==
      "m.json: /functions/step/nodes/3/inputs/1: the node \"add\" stands below; nodes come in the order of computing");
  CHECK(with(add, R"("op": "add", "inputs": ["count", "scan:2"])") ==
        "m.json: /functions/step/nodes/6/inputs/1: \"scan\" has 2 results, counted from 0, but number 2 is asked for");
  CHECK(with(add, R"("op": "add", "inputs": ["count", "scan:x"])") ==
        "m.json: /functions/step/nodes/6/inputs/1: \"scan:x\" does not end in the number of a result, 1 or more");
  CHECK(with(add, R"("op": "add", "inputs": ["count", "scan:99999999999"])") ==
        "m.json: /functions/step/nodes/6/inputs/1: \"scan:99999999999\" does not end in the number of a result, 1 or "
        "more");
  CHECK(with(add, R"("op": "add", "inputs": ["count", "constant_2"], "symbols": ["$1"])") ==
        "m.json: /functions/step/nodes/6/symbols: the results have 0 sizes of their own, not 1");
  CHECK(with("\"op\": \"mul\"", "\"op\": \"mul\", \"attributs\": {}") ==
        "m.json: /functions/step/nodes/3: no key \"attributs\" is known; did you mean \"attributes\"?");
}

TEST_CASE("serialization/module_refusal: attributes and constants") {
  CHECK(with("\"num_carries\"", "\"num_carry\"") ==
        "m.json: /functions/step/nodes/1/attributes/num_carry: scan has no attribute \"num_carry\"; did you mean "
        "\"num_carries\"?");
  CHECK(with("\"num_carries\": 1", "\"num_carries\": \"1\"") ==
        "m.json: /functions/step/nodes/1/attributes/num_carries: an integer was expected, not a string");
  CHECK(with("\"length\": \"time\", ", "") == "m.json: /functions/step/nodes/1: scan: attribute \"length\" is needed");
  CHECK(with("\"values\": [0.5]", "\"values\": [0.5, 1]") ==
        "m.json: /functions/step/nodes/2/values: 2 values, but the shape [] has 1");
  CHECK(with("\"values\": [1]", "\"values\": [1.5]") ==
        "m.json: /functions/step/nodes/5/values/0: an integer was expected, not 1.5");
  CHECK(with("\"values\": [0.5]", "\"values\": [1e39]") ==
        "m.json: /functions/step/nodes/2/values/0: a number within float32 was expected, not 1e39");
  CHECK(with(", \"values\": [0.5]", "") ==
        "m.json: /functions/step/nodes/2: one of the keys \"values\" and \"stored\" was expected, not neither");
  CHECK(with("\"values\": [0.5]", "\"values\": [0.5], \"stored\": \"x\"") ==
        "m.json: /functions/step/nodes/2: one of the keys \"values\" and \"stored\" was expected, not both");
  CHECK(with("\"shape\": [], \"values\": [0.5]", "\"shape\": [11529215046068469], \"values\": [0.5]") ==
        "m.json: /functions/step/nodes/2: with its 11529215046068469 elements the file has more than the limit of "
        "2147483648");
}

TEST_CASE("serialization/module_refusal: bodies") {
  CHECK(with("\"body\": \"step/scan\"", "\"body\": \"step/sacn\"") ==
        "m.json: /functions/step/nodes/1/attributes/body: no body \"step/sacn\"; did you mean \"step/scan\"?");
  CHECK(with("\"step/scan\": {", "\"other\": {\"inputs\": [], \"nodes\": [], \"outputs\": []},\n\"step/scan\": {") ==
        "m.json: /bodies/other: no node runs this body");
  const std::string again =
      R"("nodes": [{"name": "scan", "op": "scan", "inputs": [], "attributes": {"body": "step/scan"}},)";
  CHECK(with("\"nodes\": [", again, "bodies") ==
        "m.json: /bodies/step~1scan/nodes/0/attributes/body: the body runs itself: step/scan > step/scan");
  CHECK(with("\"nodes\": [", "\"nodes\": [{\"name\": \"w\", \"op\": \"variable\"},", "bodies") ==
        "m.json: /bodies/step~1scan/nodes/0/op: a body reads no variable; its loop hands the value in");
  CHECK(with("[\"batch\"]", "[\"rows\"]", "bodies") ==
        "m.json: /bodies/step~1scan/nodes/1: add(a: [rows], b: [batch]): axis -1 is rows in [rows] but batch in "
        "[batch]");
  CHECK(with("\"value\": \"add\"", "\"value\": \"weight\"", "bodies") ==
        "m.json: /functions/step/nodes/1: scan(operands[0]: [batch], operands[1]: [time, batch], operands[2]: []): "
        "carry 0 goes in as float32 [batch] but comes out as float32 []");
}

TEST_CASE("serialization/module_refusal: loops whose counts do not fit") {
  CHECK(with("\"num_carries\": 1", "\"num_carries\": -1") ==
        "m.json: /functions/step/nodes/1: scan(operands[0]: [batch], operands[1]: [time, batch], operands[2]: []): "
        "num_carries is -1, but from 0 to 3 is needed");
  CHECK(with("\"num_sequences\": 1", "\"num_sequences\": 9223372036854775807") ==
        "m.json: /functions/step/nodes/1: scan(operands[0]: [batch], operands[1]: [time, batch], operands[2]: []): "
        "num_sequences is 9223372036854775807, but from 0 to 3 is needed");
}

TEST_CASE("serialization/module_refusal: outputs and updates") {
  CHECK(with("\"name\": \"trace\"", "\"name\": \"total\"") ==
        "m.json: /functions/step/outputs/1/name: the name \"total\" is taken by an earlier output");
  CHECK(with("\"value\": \"scan:1\"", "\"value\": \"scan:7\"") ==
        "m.json: /functions/step/outputs/1/value: \"scan\" has 2 results, counted from 0, but number 7 is asked for");
  CHECK(with("\"variable\": \"count\"", "\"variable\": \"weight\"") ==
        "m.json: /functions/step/updates/1/variable: the variable \"weight\" has an earlier update");
  CHECK(with("\"variable\": \"count\"", "\"variable\": \"counts\"") ==
        "m.json: /functions/step/updates/1/variable: no variable \"counts\"; did you mean \"count\"?");
  CHECK(with("\"value\": \"add\"", "\"value\": \"mul\"") ==
        "m.json: /functions/step/updates/1/value: the variable \"count\" is int64 [] but \"mul\" is float32 []");
}

TEST_CASE("serialization/module_refusal: limits") {
  ModuleLimits limits;
  limits.nodes = 8;
  CHECK(read(sample_module_text(), limits) ==
        "m.json: /functions/step/nodes: with these the file has more than the limit of 8 nodes");
  limits = {};
  limits.graphs = 1;
  CHECK(read(sample_module_text(), limits) == "m.json: 2 functions and bodies, more than the limit of 1");
  limits = {};
  limits.variables = 1;
  CHECK(read(sample_module_text(), limits) == "m.json: /variables: 2 variables, more than the limit of 1");
  limits = {};
  limits.body_depth = 0;
  CHECK(read(sample_module_text(), limits) ==
        "m.json: /functions/step/nodes/1/attributes/body: bodies stand inside bodies more than 0 deep");
  limits = {};
  limits.node_values = 2;
  CHECK(read(sample_module_text(), limits) ==
        "m.json: /functions/step/nodes/1/inputs: 3 inputs, more than the limit of 2");
  limits = {};
  limits.rank = 1;
  CHECK(read(sample_module_text(), limits) ==
        "m.json: /functions/step/inputs/0/shape: a list of 2, more than the limit of 1");
  limits = {};
  limits.elements = 3;
  CHECK(read(sample_module_text(), limits) ==
        "m.json: /functions/step/nodes/5: with its 1 elements the file has more than the limit of 3");
  limits = {};
  limits.json.input_bytes = 100;
  CHECK(read(sample_module_text(), limits) == "m.json: 1917 bytes, more than the limit of 100");
}
