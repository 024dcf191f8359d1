// Names of a file as names that ours may have, each its own.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace gradloom {

/// The letters that is_name() allows, others become `_`; cut to 200.
std::string legal_name(std::string_view name);
/// The letters of a symbol, others become `_`; one that begins with a digit gets a `_` in front.
std::string legal_symbol(std::string_view name);

/// Gives each name of the file one that no other has: legal, with `_2`, `_3` where two become the same.
class LegalNames {
 public:
  using Rule = std::string (*)(std::string_view);
  explicit LegalNames(Rule rule) : rule_(rule) {}

  /// The same for the same name.
  const std::string& of(const std::string& name);
  /// Another one than before for the same name.
  const std::string& again(const std::string& name);
  /// One that no name of the file has, like this.
  std::string another(std::string_view like);
  /// The name in the file that became this; the name itself when none did.
  const std::string& in_file(const std::string& legal) const;
  /// Names that had to change: as in the file, and as they are now.
  std::vector<std::pair<std::string, std::string>> changed() const;

 private:
  Rule rule_;
  std::unordered_map<std::string, std::string> legal_, in_file_;
  std::unordered_set<std::string> taken_;
  std::unordered_map<std::string, int> numbers_;  // the last that a name got
};

}  // namespace gradloom
