// gradloom ops: the reference of operations, made from their definitions.
#include <algorithm>
#include <memory>

#include "base/error.h"
#include "cli/command.h"
#include "cli/output.h"
#include "ops/compositions.h"
#include "ops/registry.h"

namespace gradloom {

namespace {

struct OpsRequest {
  std::string name;
  bool markdown = false;
};

std::string names(const ConstList<std::string_view, 8>& list) {
  std::string out;
  for (std::string_view name : list) out += concat_text(out.empty() ? "" : ", ", name);
  return out;
}

// `clip(x; low, high = inf) -> y`.
std::string signature(const OpDef& op) {
  std::string out = concat_text(op.name, "(", names(op.inputs));
  bool first = true;
  for (const AttributeDef& attribute : op.attributes) {
    out += first ? (op.inputs.size() > 0 ? "; " : "") : ", ";
    first = false;
    out += attribute.name;
    if (attribute.fallback == "none")
      out += "?";
    else if (attribute.fallback != "required")
      out += concat_text(" = ", attribute.fallback.empty() ? "\"\"" : attribute.fallback);
  }
  return concat_text(out, ") -> ", names(op.outputs));
}

std::string sentence(std::string_view summary) {
  std::string out(summary);
  // A first word that is code, `exp(x)` say, stays as it is.
  std::string_view word = summary.substr(0, summary.find_first_of(" ,"));
  bool is_plain = std::all_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  if (is_plain && word.size() > 1) out[0] = static_cast<char>(out[0] - 'a' + 'A');
  return out + ".";
}

std::string facts(const OpDef& op) {
  std::string gradient = op.gradient == nullptr ? "none is known" : op.gradient == &no_gradient ? "zero" : "yes";
  std::string batching = op.batching == nullptr ? "none is known" : op.batching == &no_batching ? "none" : "yes";
  return concat_text("Gradient: ", gradient, ". Batching rule: ", batching,
                     ". ONNX: ", op.onnx.empty() ? "no operator means exactly this" : op.onnx, ".");
}

// Paragraphs in lines of at most 100 columns, two of which are the margin.
std::string indented(std::string_view text) {
  constexpr std::size_t columns = 98;
  std::string out = "  ";
  for (std::size_t begin = 0, width = 0; begin < text.size();) {
    std::size_t end = std::min(text.find_first_of(" \n", begin), text.size());
    std::size_t word = end - begin;
    bool is_paragraph = word == 0 && begin > 0 && text[begin - 1] == '\n' && text[end] == '\n';
    if (is_paragraph || (width > 0 && width + word > columns)) {
      out.back() = '\n';
      out += is_paragraph ? "\n  " : "  ";
      width = 0;
    }
    if (word > 0) {
      out += text.substr(begin, word);
      out += ' ';
      width += word + 1;
    }
    begin = end + 1;
  }
  out.pop_back();
  return out;
}

std::string plain_page(const OpDef& op) {
  std::string out = concat_text(signature(op), "\n\n", indented(sentence(op.summary)), "\n");
  if (!op.doc.empty()) out += concat_text("\n", indented(op.doc), "\n");
  if (op.attributes.size() > 0) out += "\n";
  for (const AttributeDef& attribute : op.attributes)
    out += concat_text("  ", attribute.name, " (", name_of(attribute.kind), "): ", attribute.doc, "\n");
  return concat_text(out, "\n", indented(facts(op)), "\n");
}

std::string in_cell(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string markdown_page(const OpDef& op) {
  std::string out = concat_text("### ", op.name, "\n\n`", signature(op), "`\n\n", sentence(op.summary), "\n");
  if (!op.doc.empty()) out += concat_text("\n", op.doc, "\n");
  if (op.attributes.size() > 0) out += "\n| attribute | kind | default | |\n|---|---|---|---|\n";
  for (const AttributeDef& attribute : op.attributes)
    out += concat_text("| ", attribute.name, " | ", name_of(attribute.kind), " | ", in_cell(attribute.fallback), " | ",
                       in_cell(attribute.doc), " |\n");
  return concat_text(out, "\n", facts(op), "\n");
}

std::string made_of(const Composition& function) {
  return concat_text("Written with ", function.made_of, ": their gradients and batching rules are its own.");
}

std::string plain_page(const Composition& function) {
  std::string out = concat_text(function.signature, "\n\n", indented(sentence(function.summary)), "\n");
  if (!function.doc.empty()) out += concat_text("\n", indented(function.doc), "\n");
  return concat_text(out, "\n", indented(made_of(function)), "\n");
}

std::string markdown_page(const Composition& function) {
  std::string out =
      concat_text("### ", function.name, "\n\n`", function.signature, "`\n\n", sentence(function.summary), "\n");
  if (!function.doc.empty()) out += concat_text("\n", function.doc, "\n");
  return concat_text(out, "\n", made_of(function), "\n");
}

std::string markdown_reference() {
  std::string out =
      "# Operations\n\nMade from the definitions by `gradloom ops --markdown > docs/ops.md`; a test holds it against "
      "them.\nIn a signature inputs come first, then attributes with their defaults; `?` may be left out, `...` "
      "repeats.\n";
  for (const OpFamily& family : op_families()) {
    out += concat_text("\n## ", sentence(family.name).substr(0, family.name.size()), "\n");
    for (const OpDef* op : family.ops) out += "\n" + markdown_page(*op);
  }
  out += "\n## Written with other operations\n";
  for (const Composition& function : compositions()) out += "\n" + markdown_page(function);
  return out;
}

std::string list_of_all() {
  std::string out;
  auto add = [&](std::string_view own, std::string_view summary) {
    std::string name(own);
    name.resize(std::max<std::size_t>(name.size() + 1, 24), ' ');
    out += concat_text("  ", name, summary, "\n");
  };
  for (const OpFamily& family : op_families()) {
    out += concat_text(out.empty() ? "" : "\n", family.name, "\n");
    for (const OpDef* op : family.ops) add(op->name, op->summary);
  }
  out += "\nwritten with other operations\n";
  for (const Composition& function : compositions()) add(function.name, function.summary);
  return out;
}

int show_ops(const OpsRequest& request) {
  if (request.name.empty())
    print(request.markdown ? markdown_reference() : list_of_all());
  else if (const Composition* function = find_composition(request.name))
    print(request.markdown ? markdown_page(*function) : plain_page(*function));
  else
    print(request.markdown ? markdown_page(op_named(request.name)) : plain_page(op_named(request.name)));
  return 0;
}

}  // namespace

extern const Command ops_command;
constinit const Command ops_command{"ops", "the reference of operations, made from their definitions",
                                    [](Options& options) -> Run {
                                      auto request = std::make_shared<OpsRequest>();
                                      options.optional_argument("NAME", request->name, "only this operation");
                                      options.flag("--markdown", request->markdown, "as docs/ops.md has it");
                                      return [request] { return show_ops(*request); };
                                    }};

}  // namespace gradloom
