// Each rule of the house is one function that reads a source file and reports what breaks it, as declared in rules.h.
#include "tests/layout/rules.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <regex>

#include "base/text.h"

namespace gradloom::layout {

namespace {

namespace fs = std::filesystem;

// Each folder includes itself and the folders after it.
constexpr std::array<std::string_view, 11> folder_line{
    "cli", "training", "models", "text", "serialization", "runtime", "autodiff", "ops", "graph", "tensor", "base"};
// These stand outside the line and may include anything.
constexpr std::array<std::string_view, 3> free_folders{"tests", "examples", "bench"};
constexpr std::array<std::string_view, 9> empty_words{"util",    "utils", "helper",   "helpers", "common",
                                                      "manager", "misc",  "managers", "impl"};
constexpr std::size_t most_lines = 400;

struct Source {
  std::string path;  // relative to the root, with slashes
  std::vector<std::string> lines;
  bool header() const { return path.ends_with(".h"); }
  std::string folder() const { return path.substr(0, path.find('/')); }
};

class Report {
 public:
  template <class... Parts>
  void add(const Source& source, const Parts&... message) {
    texts_.push_back(concat_text(source.path, ": ", message...));
  }
  template <class... Parts>
  void add_line(const Source& source, std::size_t index, const Parts&... message) {
    texts_.push_back(concat_text(source.path, ":", index + 1, ": ", message...));
  }
  std::vector<std::string> texts() && { return std::move(texts_); }

 private:
  std::vector<std::string> texts_;
};

struct Include {
  std::size_t line;
  bool quoted;
  std::string target;
};

std::vector<Include> includes(const Source& source) {
  static const std::regex pattern(R"re(^\s*#\s*include\s*(["<])([^">]+)[">])re");
  std::vector<Include> found;
  std::smatch match;
  for (std::size_t i = 0; i < source.lines.size(); ++i)
    if (std::regex_search(source.lines[i], match, pattern)) found.push_back({i, match[1] == "\"", match[2]});
  return found;
}

bool is_free(const std::string& folder) { return std::ranges::find(free_folders, folder) != free_folders.end(); }

void check_include_direction(const Source& source, Report& report) {
  if (is_free(source.folder())) return;
  auto own = std::ranges::find(folder_line, source.folder());
  if (own == folder_line.end()) {
    report.add(source, "folder \"", source.folder(), "\" is not in the line of folders");
    return;
  }
  for (const Include& include : includes(source)) {
    if (!include.quoted) continue;
    std::string folder = include.target.substr(0, include.target.find('/'));
    if (std::find(own, folder_line.end(), folder) == folder_line.end())
      report.add_line(source, include.line, *own, " may not include \"", include.target, "\"");
  }
}

void check_length(const Source& source, std::span<const LongFile> long_files, Report& report) {
  bool excepted = std::ranges::any_of(long_files, [&](const LongFile& file) { return file.path == source.path; });
  if (source.lines.size() > most_lines && !excepted)
    report.add(source, source.lines.size(), " lines, more than ", most_lines);
}

void check_heavy_headers(const Source& source, Report& report) {
  for (const Include& include : includes(source)) {
    bool xtensor = include.target.starts_with("xtensor") || include.target.starts_with("xflens");
    bool json = include.target.starts_with("nlohmann");
    if (xtensor && source.path != "tensor/xt.h")
      report.add_line(source, include.line, "only tensor/xt.h includes xtensor");
    if (source.header() && (json || include.target == "tensor/xt.h"))
      report.add_line(source, include.line, "a header includes \"", include.target, "\", which is slow to compile");
  }
}

void check_opening(const Source& source, Report& report) {
  std::string comment;
  for (const std::string& line : source.lines) {
    if (!line.starts_with("// ")) break;
    comment = line;
  }
  if (comment.empty() || !comment.ends_with('.'))
    report.add(source, "does not open with a // comment that is a sentence");
}

void check_file_name(const Source& source, Report& report) {
  std::string word;
  std::string stem = fs::path(source.path).stem().string() + "_";
  for (char c : stem) {
    if (c != '_') {
      word += c;
      continue;
    }
    if (std::ranges::find(empty_words, word) != empty_words.end())
      report.add(source, "the file name's word \"", word, "\" says nothing about what is inside");
    word.clear();
  }
}

void check_words(const Source& source, Report& report) {
  // The brackets keep this file from breaking its own rules.
  static const std::regex absolute(R"(["' (=](/(home|root|wor[k]|Users|tmp|opt|mnt|srv|var)/))");
  static const std::regex unfinished(
      R"(\b(TO[D]O|FIX[M]E|X[X]X|HA[C]K)\b|[Nn]ot (yet )?imple[m]ented|[Uu]nimple[m]ented)");
  static const std::regex macro(R"(^\s*#\s*define\s+(\w+))");
  std::smatch match;
  for (std::size_t i = 0; i < source.lines.size(); ++i) {
    const std::string& line = source.lines[i];
    if (line.find('\t') != std::string::npos) report.add_line(source, i, "a tab");
    if (line.ends_with('\r')) report.add_line(source, i, "a carriage return");
    if (std::regex_search(line, match, absolute))
      report.add_line(source, i, "the absolute path ", match[1].str(), " of one machine");
    if (std::regex_search(line, match, unfinished))
      report.add_line(source, i, "\"", match[0].str(), "\" marks unfinished work");
    if (!is_free(source.folder()) && std::regex_search(line, match, macro))
      report.add_line(source, i, "the macro ", match[1].str());
  }
}

void check_pragma_once(const Source& source, Report& report) {
  if (source.header() && std::ranges::find(source.lines, "#pragma once") == source.lines.end())
    report.add(source, "a header without #pragma once");
}

Source read_source(const fs::path& root, const fs::path& path) {
  Source source{path.generic_string(), {}};
  std::ifstream in(root / path, std::ios::binary);
  for (std::string line; std::getline(in, line);) source.lines.push_back(line);
  return source;
}

}  // namespace

std::vector<fs::path> cpp_files(const fs::path& root) {
  std::vector<fs::path> files;
  for (auto entry = fs::recursive_directory_iterator(root); entry != fs::recursive_directory_iterator(); ++entry) {
    std::string name = entry->path().filename().string();
    if (entry->is_directory()) {
      if (name.starts_with('.') || name.starts_with("build") || name == "golden") entry.disable_recursion_pending();
    } else if (name.ends_with(".h") || name.ends_with(".cpp")) {
      files.push_back(fs::relative(entry->path(), root));
    } else if (name.ends_with(".hpp") || name.ends_with(".cc") || name.ends_with(".hh")) {
      files.push_back(fs::relative(entry->path(), root));
    }
  }
  std::ranges::sort(files);
  return files;
}

std::vector<std::string> violations(const fs::path& root, std::span<const LongFile> long_files) {
  Report report;
  for (const fs::path& path : cpp_files(root)) {
    Source source = read_source(root, path);
    if (path.extension() != ".h" && path.extension() != ".cpp")
      report.add(source, "C++ files end in .h or .cpp, not ", path.extension().string());
    check_include_direction(source, report);
    check_length(source, long_files, report);
    check_heavy_headers(source, report);
    check_opening(source, report);
    check_file_name(source, report);
    check_pragma_once(source, report);
    check_words(source, report);
  }
  return std::move(report).texts();
}

}  // namespace gradloom::layout
