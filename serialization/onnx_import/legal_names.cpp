// Letters that names may have, and numbers that tell equal names apart, as declared in legal_names.h.
#include "serialization/onnx_import/legal_names.h"

#include <algorithm>

#include "base/text.h"

namespace gradloom {

namespace {

constexpr std::size_t most_letters = 200;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

std::string legal_name(std::string_view name) {
  while (name.starts_with('/')) name.remove_prefix(1);
  while (name.ends_with('/')) name.remove_suffix(1);
  std::string legal(name.substr(0, most_letters));
  for (char& c : legal)
    if (!is_letter(c) && c != '-' && c != '.' && c != '/') c = '_';
  while (legal.ends_with('/')) legal.pop_back();
  return legal.empty() ? "_" : legal;
}

std::string legal_symbol(std::string_view name) {
  std::string legal(name.substr(0, most_letters));
  for (char& c : legal)
    if (!is_letter(c)) c = '_';
  if (legal.empty() || (legal[0] >= '0' && legal[0] <= '9')) legal.insert(0, 1, '_');
  return legal;
}

const std::string& LegalNames::of(const std::string& name) {
  auto found = legal_.find(name);
  if (found != legal_.end()) return found->second;
  return again(name);
}

const std::string& LegalNames::again(const std::string& name) {
  std::string legal = another(name);
  in_file_[legal] = name;
  return legal_[name] = std::move(legal);
}

std::string LegalNames::another(std::string_view like) {
  std::string plain = rule_(like), legal = plain;
  if (taken_.insert(legal).second) return legal;
  int& number = numbers_.try_emplace(plain, 1).first->second;
  do {
    legal = concat_text(plain, "_", ++number);
  } while (!taken_.insert(legal).second);
  return legal;
}

const std::string& LegalNames::in_file(const std::string& legal) const {
  auto found = in_file_.find(legal);
  return found == in_file_.end() ? legal : found->second;
}

std::vector<std::pair<std::string, std::string>> LegalNames::changed() const {
  std::vector<std::pair<std::string, std::string>> result;
  for (const auto& [name, legal] : legal_)
    if (name != legal) result.emplace_back(name, legal);
  std::ranges::sort(result);
  return result;
}

}  // namespace gradloom
