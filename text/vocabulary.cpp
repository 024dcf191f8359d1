// Counting, reading and writing of words and their ids, as declared in vocabulary.h.
#include "text/vocabulary.h"

#include <algorithm>
#include <array>
#include <limits>

#include "base/error.h"
#include "text/line_reader.h"
#include "text/unicode.h"

namespace gradloom {
namespace {

const std::array<std::string, 3> special_tokens{"<padding>", "<unknown>", "<end>"};

bool breaks_line(std::string_view token) {
  for (std::size_t position = 0; position < token.size();) {
    char32_t character = next_character(token, position);
    if (is_white_space(character) && !is_no_break_space(character)) return true;
  }
  return false;
}

}  // namespace

Vocabulary::Vocabulary() : tokens_(special_tokens.begin(), special_tokens.end()) {}

Vocabulary::Vocabulary(std::span<const std::string> tokens) : Vocabulary() {
  for (const auto& token : tokens) {
    std::string fault = add(token);
    require(fault.empty(), Fault::input, "vocabulary, id ", size(), ": ", fault);
  }
}

// What is wrong with the token, or "" when it was added.
std::string Vocabulary::add(std::string token) {
  if (token.empty()) return "the token is empty";
  if (breaks_line(token)) return concat_text("token \"", token, "\" holds white space");
  if (std::ranges::find(special_tokens, token) != special_tokens.end())
    return concat_text("token \"", token, "\" is the name of a special token");
  auto [place, added] = ids_.emplace(token, size());
  if (!added) return concat_text("token \"", token, "\" stands twice, first as id ", place->second);
  tokens_.push_back(std::move(token));
  return "";
}

Vocabulary Vocabulary::parse(std::string_view text, std::string_view place) {
  Vocabulary result;
  require(!text.empty(), Fault::input, place, ": the file is empty; a vocabulary begins with the line ",
          special_tokens[0]);
  require(text.ends_with('\n'), Fault::input, place, ": the last line does not end; the file is cut off");
  std::size_t line = 0;
  for (std::size_t begin = 0; begin < text.size(); ++line) {
    std::size_t end = text.find('\n', begin);
    std::string token(text.substr(begin, end - begin));
    begin = end + 1;
    std::string where = concat_text(place, ", line ", line + 1);
    require_utf8(token, where);
    if (line < special_tokens.size()) {
      require(token == special_tokens[line], Fault::input, where, ": \"", token, "\" given, ", special_tokens[line],
              " needed");
      continue;
    }
    std::string fault = result.add(std::move(token));
    require(fault.empty(), Fault::input, where, ": ", fault);
  }
  require(line >= special_tokens.size(), Fault::input, place, ": ", counted(line, "line"),
          " given; a vocabulary begins with the lines ", join(special_tokens));
  return result;
}

Vocabulary Vocabulary::read(const std::string& path) { return parse(read_file(path), path); }

std::string Vocabulary::text() const {
  std::string out;
  for (const auto& token : tokens_) out.append(token).append(1, '\n');
  return out;
}

std::int32_t Vocabulary::id(std::string_view token) const {
  auto found = ids_.find(token);
  return found == ids_.end() ? unknown_id : found->second;
}

const std::string& Vocabulary::token(std::int32_t id) const {
  require(id >= 0 && id < size(), Fault::usage, "vocabulary of ", size(), " tokens: id ", id, " given");
  return tokens_[static_cast<std::size_t>(id)];
}

std::vector<std::int32_t> Vocabulary::ids(std::span<const std::string> tokens) const {
  std::vector<std::int32_t> result;
  result.reserve(tokens.size());
  for (const auto& token : tokens) result.push_back(id(token));
  return result;
}

std::vector<std::string> Vocabulary::tokens(std::span<const std::int32_t> ids) const {
  std::vector<std::string> result;
  result.reserve(ids.size());
  for (auto id : ids) result.push_back(token(id));
  return result;
}

void TokenCounter::add(std::span<const std::string> tokens) {
  for (const auto& token : tokens) ++counts_[token];
  total_ += static_cast<std::int64_t>(tokens.size());
}

Vocabulary TokenCounter::vocabulary(const VocabularyOptions& options) const {
  auto specials = static_cast<std::int32_t>(special_tokens.size());
  require(options.size == 0 || options.size > specials, Fault::usage, "vocabulary size ", options.size,
          " given; it counts the ", specials, " special tokens, so at least ", specials + 1,
          " is needed (0: no limit)");
  std::vector<std::pair<std::int64_t, std::string>> ranked;
  for (const auto& [token, count] : counts_)
    if (count >= options.minimum_count && std::ranges::find(special_tokens, token) == special_tokens.end())
      ranked.emplace_back(count, token);
  std::ranges::sort(ranked, [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  auto limit = static_cast<std::size_t>(options.size == 0 ? std::numeric_limits<std::int32_t>::max() : options.size);
  std::vector<std::string> tokens;
  for (auto& [count, token] : ranked)
    if (tokens.size() + special_tokens.size() < limit) tokens.push_back(std::move(token));
  return Vocabulary(tokens);
}

double TokenCounter::coverage(const Vocabulary& vocabulary) const {
  if (total_ == 0) return 1;
  std::int64_t known = 0;
  for (const auto& [token, count] : counts_)
    if (vocabulary.id(token) != unknown_id) known += count;
  return static_cast<double>(known) / static_cast<double>(total_);
}

}  // namespace gradloom
