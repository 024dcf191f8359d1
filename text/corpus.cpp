// Reading two files in step and counting what is left out, as declared in corpus.h.
#include "text/corpus.h"

#include <sys/stat.h>

#include <algorithm>

#include "base/error.h"

namespace gradloom {

ParallelReader::ParallelReader(const std::string& source_path, const std::string& target_path)
    : source_(source_path), target_(target_path) {}

bool ParallelReader::next(std::string& source, std::string& target) {
  bool more_source = source_.next(source), more_target = target_.next(target);
  if (more_source && more_target) return true;
  if (more_source != more_target) {
    LineReader& longer = more_source ? source_ : target_;
    std::string rest;
    while (longer.next(rest)) {
    }
    require(false, Fault::input, source_.name(), " has ", counted(source_.line_number(), "line"), " but ",
            target_.name(), " has ", target_.line_number(), "; line N of one must translate line N of the other");
  }
  require(line_number() > 0, Fault::input, source_.name(), " and ", target_.name(),
          " are empty; at least one pair of lines is needed");
  return false;
}

std::string CorpusCounts::text(const CorpusOptions& options) const {
  std::vector<std::string> parts;
  if (kept > 0) parts.push_back(concat_text(kept, kept == 1 ? " pair" : " pairs"));
  if (empty > 0) parts.push_back(concat_text(empty, " skipped as empty"));
  if (too_long > 0)
    parts.push_back(concat_text(too_long, " skipped as longer than ", options.maximum_length, " tokens"));
  return join(parts);
}

void require_rereadable(const std::string& path) {
  struct stat info {};
  bool is_pipe = ::stat(path.c_str(), &info) == 0 && (S_ISFIFO(info.st_mode) || S_ISSOCK(info.st_mode));
  require(!is_pipe, Fault::input, path, ": is a pipe, but it is read more than once; a file is needed");
}

void count_tokens(const std::string& source_path, const std::string& target_path, const Tokenizer& source_tokenizer,
                  const Tokenizer& target_tokenizer, TokenCounter& source, TokenCounter& target) {
  ParallelReader reader(source_path, target_path);
  std::string source_line, target_line;
  while (reader.next(source_line, target_line)) {
    source.add(source_tokenizer.encode(source_line));
    target.add(target_tokenizer.encode(target_line));
  }
}

EncodedCorpus encode_corpus(const std::string& source_path, const std::string& target_path, const Language& source,
                            const Language& target, const CorpusOptions& options) {
  EncodedCorpus corpus;
  auto& counts = corpus.counts;
  ParallelReader reader(source_path, target_path);
  std::string source_line, target_line;
  while (reader.next(source_line, target_line)) {
    ++counts.lines;
    auto source_ids = source.vocabulary.ids(source.tokenizer.encode(source_line));
    auto target_ids = target.vocabulary.ids(target.tokenizer.encode(target_line));
    auto longest = static_cast<std::int64_t>(std::max(source_ids.size(), target_ids.size()));
    if (source_ids.empty() || target_ids.empty()) {
      ++counts.empty;
    } else if (options.maximum_length > 0 && longest > options.maximum_length) {
      ++counts.too_long;
    } else {
      ++counts.kept;
      counts.source_tokens += static_cast<std::int64_t>(source_ids.size());
      counts.target_tokens += static_cast<std::int64_t>(target_ids.size());
      counts.source_unknown += std::ranges::count(source_ids, unknown_id);
      counts.target_unknown += std::ranges::count(target_ids, unknown_id);
      corpus.pairs.add(source_ids, target_ids);
    }
  }
  require(counts.kept > 0, Fault::input, source_path, " and ", target_path, ": none of ", counts.lines,
          counts.lines == 1 ? " pair" : " pairs", " can be used: ", counts.text(options));
  return corpus;
}

}  // namespace gradloom
