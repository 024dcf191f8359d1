// gradloom tokenize: what a model's own tokenizer makes of each line, for people who want to see it and for programs
// that are to train or translate with the same tokens.
#include <unistd.h>

#include <memory>

#include "base/error.h"
#include "cli/command.h"
#include "cli/line_feed.h"
#include "cli/output.h"
#include "serialization/model_folder.h"
#include "training/languages.h"
#include "training/model_files.h"

namespace gradloom {

namespace {

struct TokenizeRequest {
  std::string model, side = "source";
  bool ids = false;
};

int tokenize_lines(const TokenizeRequest& request) {
  ModelFolder folder = read_model_folder(request.model);
  TrainingConfig config = read_config(ModelFiles(request.model).config()).config;
  Languages languages = read_languages(config, request.model, *folder.module);
  Language language = request.side == "source" ? languages.source() : languages.target();
  LineFeed input(STDIN_FILENO, "standard input");
  for (std::vector<std::string> lines = input.next(); !lines.empty(); lines = input.next()) {
    std::string out;
    for (const std::string& line : lines) {
      std::vector<std::string> tokens = language.tokenizer.encode(line);
      if (request.ids)
        for (std::string& token : tokens) token = concat_text(language.vocabulary.id(token));
      out += join(tokens, " ") + "\n";
    }
    print(out);
  }
  input.rethrow();
  return 0;
}

}  // namespace

extern const Command tokenize_command;
constinit const Command tokenize_command{
    "tokenize", "shows the tokens that a model sees in each line of standard input", [](Options& options) -> Run {
      auto request = std::make_shared<TokenizeRequest>();
      options.text("--model", "DIR", request->model, "the model folder");
      options.required();
      options.choice("--side", {"source", "target"}, request->side, "which language the lines are in");
      options.flag("--ids", request->ids, "print the tokens' numbers: line N of the vocabulary is number N - 1");
      return [request] { return tokenize_lines(*request); };
    }};

}  // namespace gradloom
