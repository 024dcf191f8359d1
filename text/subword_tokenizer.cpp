// Training and applying SentencePiece models in memory, as declared in subword_tokenizer.h.
#include "text/subword_tokenizer.h"

#include "base/error.h"
#include "text/normalise.h"

#ifdef GRADLOOM_SENTENCEPIECE
#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>
#endif

namespace gradloom {

#ifdef GRADLOOM_SENTENCEPIECE

namespace {

// SentencePiece writes spaces as U+2581 and could not tell them from the text's own; those are written U+FFEE U+005F.
constexpr std::string_view space_mark = "\u2581", escape = "\uFFEE";

std::string escaped(std::string_view line) {
  std::string out;
  while (!line.empty()) {
    std::size_t length = 1;
    if (line.starts_with(space_mark)) {
      out.append(escape).append("_");
      length = space_mark.size();
    } else if (line.starts_with(escape)) {
      out.append(escape).append(escape);
      length = escape.size();
    } else {
      out += line.front();
    }
    line.remove_prefix(length);
  }
  return out;
}

std::string unescaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (text.starts_with(space_mark)) {
      out += ' ';
      text.remove_prefix(space_mark.size());
      continue;
    }
    if (text.starts_with(escape) && text.size() > escape.size()) {
      text.remove_prefix(escape.size());
      if (text.starts_with('_')) {
        out += space_mark;
        text.remove_prefix(1);
        continue;
      }
      if (text.starts_with(escape)) {
        out += escape;
        text.remove_prefix(escape.size());
        continue;
      }
      out += escape;  // not ours: a model may put pieces together as it likes
      continue;
    }
    out += text.front();
    text.remove_prefix(1);
  }
  return out;
}

// Bytes; of longer lines SentencePiece learns nothing.
constexpr std::size_t longest_line = 4192;

// The lines of a callback that are not too long, as SentencePiece wants to read them.
class Lines : public sentencepiece::SentenceIterator {
 public:
  Lines(const std::function<bool(std::string&)>& next_line, const SubwordOptions& options)
      : next_line_(next_line), options_(options) {
    Next();
  }
  bool done() const override { return done_; }
  void Next() override {
    do {
      done_ = count_++ >= options_.lines || !next_line_(line_);
      if (!done_) line_ = escaped(normalise(line_, options_.lower_case));
    } while (!done_ && (line_.empty() || line_.size() > longest_line));
  }
  const std::string& value() const override { return line_; }
  sentencepiece::util::Status status() const override { return {}; }

 private:
  const std::function<bool(std::string&)>& next_line_;
  const SubwordOptions& options_;
  std::string line_;
  std::int64_t count_ = 0;
  bool done_ = false;
};

}  // namespace

bool has_subwords() { return true; }

std::string train_subwords(const std::function<bool(std::string&)>& next_line, const SubwordOptions& options) {
  require(options.vocabulary_size > 3, Fault::usage, "subwords: a vocabulary of ", options.vocabulary_size,
          " given, at least 4 needed");
  Lines lines(next_line, options);
  require(!lines.done(), Fault::input, "subwords: no line of 1 to ", longest_line, " bytes to learn from");
  std::string model;
  auto status = sentencepiece::SentencePieceTrainer::Train({{"model_type", "unigram"},
                                                            {"vocab_size", std::to_string(options.vocabulary_size)},
                                                            {"hard_vocab_limit", "false"},
                                                            {"character_coverage", "0.9999"},
                                                            {"max_sentence_length", std::to_string(longest_line)},
                                                            {"normalization_rule_name", "identity"},
                                                            {"remove_extra_whitespaces", "false"},
                                                            {"shuffle_input_sentence", "false"},
                                                            {"num_threads", "2"},  // a fixed number: sums depend on it
                                                            {"minloglevel", "4"}},
                                                           &lines, &model);
  require(status.ok(), Fault::input, "subwords: SentencePiece cannot learn ", options.vocabulary_size,
          " pieces from this text: ", status.message());
  return model;
}

struct SubwordTokenizer::Model {
  sentencepiece::SentencePieceProcessor processor;
};

SubwordTokenizer::SubwordTokenizer(const std::string& model, bool lower_case)
    : model_(std::make_unique<Model>()), lower_case_(lower_case) {
  auto status = model_->processor.LoadFromSerializedProto(model);
  require(status.ok(), Fault::input, "subwords: ", model.size(), " bytes given that are no SentencePiece model");
}

SubwordTokenizer::~SubwordTokenizer() = default;

std::vector<std::string> SubwordTokenizer::encode(std::string_view line) const {
  std::vector<std::string> pieces;
  auto status = model_->processor.Encode(escaped(normalise(line, lower_case_)), &pieces);
  ensure(status.ok(), "SentencePiece cannot split a line: ", status.message());
  return pieces;
}

std::string SubwordTokenizer::decode(std::span<const std::string> tokens) const {
  std::string text;
  for (const auto& token : tokens) text += token;
  if (text.starts_with(space_mark)) text.erase(0, space_mark.size());  // the one put before every line
  return unescaped(text);
}

std::vector<std::string> SubwordTokenizer::pieces() const {
  std::vector<std::string> all;
  const auto& processor = model_->processor;
  for (int id = 0; id < processor.GetPieceSize(); ++id)
    if (!processor.IsControl(id) && !processor.IsUnknown(id)) all.push_back(processor.IdToPiece(id));
  return all;
}

#else

namespace {
[[noreturn]] void refuse() {
  throw UserError("tokenizer \"sentencepiece\": this Gradloom was built without it (GRADLOOM_SENTENCEPIECE=OFF)");
}
}  // namespace

bool has_subwords() { return false; }
std::string train_subwords(const std::function<bool(std::string&)>&, const SubwordOptions&) { refuse(); }

struct SubwordTokenizer::Model {};
SubwordTokenizer::SubwordTokenizer(const std::string&, bool lower_case) : lower_case_(lower_case) { refuse(); }
SubwordTokenizer::~SubwordTokenizer() = default;
std::vector<std::string> SubwordTokenizer::encode(std::string_view) const { refuse(); }
std::string SubwordTokenizer::decode(std::span<const std::string>) const { refuse(); }
std::vector<std::string> SubwordTokenizer::pieces() const { refuse(); }

#endif

}  // namespace gradloom
