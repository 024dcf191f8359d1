// Comparisons, logic, choice and conversion of dtypes.
#include "serialization/onnx_import/operators_elementwise.h"

namespace gradloom {

namespace {

Values chosen(const ImportNode& node) { return {where(node.input(0), node.input(1), node.input(2))}; }

Value converted(Value x, DType dtype) { return x.dtype() == dtype ? x : cast(x, dtype); }

Values cast_to(const ImportNode& node) { return {converted(node.input(0), node.dtype("to"))}; }
Values cast_like(const ImportNode& node) { return {converted(node.input(0), node.input(1).dtype())}; }

constexpr ImportRule rules[] = {
    {"Equal", of_two<equal>},
    {"Less", of_two<less>},
    {"LessOrEqual", of_two<less_equal>},
    {"Greater", of_two<greater>},
    {"GreaterOrEqual", of_two<greater_equal>},
    {"And", of_two<logical_and>},
    {"Or", of_two<logical_or>},
    {"Xor", of_two<logical_xor>},
    {"Not", of_one<logical_not>},
    {"Where", chosen},
    {"Cast", cast_to},
    {"CastLike", cast_like},
};

}  // namespace

ImportRules logic_imports() { return rules; }

}  // namespace gradloom
