// Both models go through the same hands: create_model and train, as any other model folder.
#include "training/demonstration.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>

#include "base/error.h"
#include "serialization/file.h"
#include "text/unicode.h"
#include "training/evaluation.h"
#include "training/model_creation.h"
#include "training/trainer.h"

namespace gradloom {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::int64_t points_of_a_curve = 50, measurements = 10, least_between_measurements = 10;
constexpr std::array<std::pair<std::int64_t, std::int64_t>, 5> length_bounds{
    {{2, 6}, {7, 9}, {10, 12}, {13, 15}, {16, 20}}};
constexpr std::array<std::string_view, 4> own_names{"phrasebook", "traditional", "attention", "report.html"};

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

// English punctuation stands at its word, so these are words.
std::int64_t word_count(const Phrase& phrase) {
  return static_cast<std::int64_t>(split_white_space(phrase.source).size());
}

void check_folder(const std::string& folder) {
  std::error_code error;
  fs::file_status status = fs::status(folder, error);
  if (!fs::exists(status)) return;
  require(fs::is_directory(status), Fault::usage, folder, " is not a folder");
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    std::string name = entry.path().filename().string();
    bool is_own = std::ranges::any_of(own_names, [&](std::string_view own) {
      return name == own || name.starts_with(concat_text(own, ".partial-"));
    });
    require(is_own, Fault::usage, folder, " holds \"", name,
            "\", which is no part of a demonstration; choose another folder with --output");
  }
  require(!error, Fault::system, "cannot read the folder ", folder, ": ", error.message());
}

void write_phrases(const std::string& path, std::span<const Phrase> phrases) {
  std::string source, target, links;
  for (const Phrase& phrase : phrases) {
    source += phrase.source + "\n";
    target += phrase.target + "\n";
    links += pharaoh_text(phrase.links) + "\n";
  }
  write_file(path + ".en", source);
  write_file(path + ".fr", target);
  write_file(path + ".align", links);
}

void write_phrasebook(const std::string& folder, const Phrasebook& book) {
  std::error_code error;
  fs::create_directories(folder, error);
  require(!error, Fault::system, "cannot make the folder ", folder, ": ", error.message());
  write_phrases(folder + "/train", book.train);
  write_phrases(folder + "/valid", book.valid);
  write_phrases(folder + "/test", book.test);
}

// Gathers the curves of a training run, and sees to its end.
class CurveObserver : public TrainingObserver {
 public:
  CurveObserver(std::string_view name, const std::string& folder, const DemonstrationOptions& options,
                const Phrasebook& book, DemonstrationModel& model, DemonstrationObserver& observer)
      : name_(name), folder_(folder), options_(options), model_(model), observer_(observer) {
    for (const Phrase& phrase : book.valid) {
      sources_.push_back(phrase.source);
      references_.push_back(phrase.target);
    }
  }

  void updated(const TrainingProgress& progress) override {
    update_ = progress.update;
    add(recent_, progress.loss);
    add(since_measured_, progress.loss);
    observer_.updated(name_, update_, progress.loss);
    std::int64_t every = std::max<std::int64_t>(1, options_.steps / points_of_a_curve);
    if (update_ % every == 0 || is_over()) {
      model_.losses.emplace_back(update_, recent_.first / static_cast<double>(recent_.second));
      recent_ = {};
    }
  }

  // The weights in the folder are those of this update now.
  void saved(const TrainingPosition&) override {
    if (update_ % measure_every(options_.steps) != 0 && !is_over()) return;
    Clock::time_point begin = Clock::now();
    Translator translator(folder_, options_.threads);
    std::vector<std::string> translations;
    for (const auto& found : translator.translate(sources_)) translations.push_back(found[0].text);
    double bleu = corpus_bleu(translations, references_).score;
    model_.bleus.emplace_back(update_, bleu);
    observer_.measured(name_, update_, since_measured_.first / static_cast<double>(since_measured_.second), bleu);
    since_measured_ = {};
    seconds_of_measuring_ += seconds_since(begin);
  }

  static std::int64_t measure_every(std::int64_t steps) {
    return std::max(least_between_measurements, steps / measurements);
  }
  bool is_over() const { return update_ >= options_.steps; }
  double seconds_of_measuring() const { return seconds_of_measuring_; }

 private:
  using Sum = std::pair<double, std::int64_t>;
  static void add(Sum& sum, double value) { sum = {sum.first + value, sum.second + 1}; }

  std::string_view name_;
  const std::string& folder_;
  const DemonstrationOptions& options_;
  DemonstrationModel& model_;
  DemonstrationObserver& observer_;
  std::vector<std::string> sources_, references_;
  std::int64_t update_ = 0;
  Sum recent_, since_measured_;
  double seconds_of_measuring_ = 0;
};

// False when it was stopped.
bool train_model(std::string_view name, const TrainingConfig& config, const DemonstrationOptions& options,
                 const Phrasebook& book, DemonstrationModel& model, DemonstrationObserver& observer) {
  std::string folder = concat_text(options.folder, "/", name);
  TrainingData data = create_model(config, folder, true);
  LoadedModel loaded = load_model(ModelFiles(folder), {});
  for (const Variable& variable : loaded.module->variables())
    if (variable.role == Role::parameter) model.parameters += element_count(variable.shape);
  observer.begun(name, model.parameters);

  CurveObserver curves(name, folder, options, book, model, observer);
  bool was_stopped = false;
  RunOptions run;
  run.threads = options.threads;
  run.stop = [&] {
    was_stopped = was_stopped || (options.stop && options.stop());
    return was_stopped || curves.is_over();
  };
  Clock::time_point begin = Clock::now();
  TrainingResult result = train(folder, run, curves, std::move(data));
  model.seconds = seconds_since(begin) - curves.seconds_of_measuring();
  ensure(result.ending != Ending::diverged, "the ", name, " model diverged: ", result.text);
  return !was_stopped;
}

double bleu_of(const Demonstration& result, const DemonstrationModel& model, const LengthGroup& group) {
  std::vector<std::string> translations, references;
  const std::vector<Phrase>& test = result.phrasebook.test;
  for (std::size_t i = 0; i < test.size(); ++i) {
    auto words = word_count(test[i]);
    if (words < group.shortest || words > group.longest) continue;
    translations.push_back(model.translations[i]);
    references.push_back(test[i].target);
  }
  return corpus_bleu(translations, references).score;
}

void evaluate_model(Translator& translator, const DemonstrationOptions& options, Demonstration& result,
                    DemonstrationModel& model) {
  std::string path = options.folder + "/phrasebook/test";
  Evaluation evaluation = evaluate(translator, path + ".en", path + ".fr");
  model.loss = evaluation.loss;
  model.bleu = evaluation.bleu.score;
  model.translations = std::move(evaluation.translations);
  for (const LengthGroup& group : result.lengths) model.bleu_by_length.push_back(bleu_of(result, model, group));
}

// The lesson's sentence, then one of each length in which words change places.
std::vector<std::size_t> phrases_to_show(const Demonstration& result) {
  std::vector<std::size_t> shown{0};
  const std::vector<Phrase>& test = result.phrasebook.test;
  for (const LengthGroup& group : result.lengths)
    for (std::size_t i = 1; i < test.size(); ++i) {
      auto words = word_count(test[i]);
      auto moved = reordered_targets(test[i].links, static_cast<std::int64_t>(test[i].target_content.size()));
      if (words < group.shortest || words > group.longest || std::ranges::count(moved, true) < 2) continue;
      shown.push_back(i);
      break;
    }
  return shown;
}

void look_at_attention(Translator& translator, Demonstration& result) {
  std::vector<std::pair<std::string, std::string>> references, own;
  for (const Phrase& phrase : result.phrasebook.test) references.emplace_back(phrase.source, phrase.target);
  result.accuracy = alignment_accuracy(result.phrasebook.test, attention_maps(translator, references));
  for (std::size_t i : result.shown)
    own.emplace_back(result.phrasebook.test[i].source, result.attention.translations[i]);
  result.maps = attention_maps(translator, own);
  for (std::size_t k = 0; k < result.shown.size(); ++k) {
    const Phrase& phrase = result.phrasebook.test[result.shown[k]];
    if (own[k].second == phrase.target) result.maps[k].expected = phrase.links;
  }
}

}  // namespace

TrainingConfig demonstration_config() {
  TrainingConfig config;
  config.cell = "gru";
  config.embedding = 64;
  config.hidden = 128;
  config.bidirectional = true;
  config.dropout = 0;
  config.vocabulary_size = 0;
  config.batch = 32;
  config.learning_rate = 0.006;
  config.patience = 0;
  return config;
}

PhrasebookOptions demonstration_phrasebook() { return {.train = 16000, .valid = 300, .test = 1000, .seed = 1}; }

std::int64_t demonstration_steps() { return 3000; }

std::string LengthGroup::name() const { return concat_text(shortest, "-", longest); }

std::optional<Demonstration> demonstrate(const DemonstrationOptions& given, DemonstrationObserver& observer) {
  DemonstrationOptions options = given;
  while (options.folder.size() > 1 && options.folder.back() == '/') options.folder.pop_back();
  if (options.steps == 0) options.steps = demonstration_steps();
  check_folder(options.folder);

  Demonstration result;
  result.steps = options.steps;
  result.phrasebook = make_phrasebook(demonstration_phrasebook());
  write_phrasebook(options.folder + "/phrasebook", result.phrasebook);
  for (auto [shortest, longest] : length_bounds) {
    LengthGroup group{shortest, longest, 0};
    for (const Phrase& phrase : result.phrasebook.test)
      group.sentences += word_count(phrase) >= shortest && word_count(phrase) <= longest ? 1 : 0;
    result.lengths.push_back(group);
  }
  result.shown = phrases_to_show(result);

  TrainingConfig config = demonstration_config();
  config.source_train = options.folder + "/phrasebook/train.en";
  config.target_train = options.folder + "/phrasebook/train.fr";
  auto pairs = static_cast<std::int64_t>(result.phrasebook.train.size());
  std::int64_t batches = (pairs + config.batch - 1) / config.batch;
  config.epochs = (options.steps + batches - 1) / batches;
  config.checkpoint_every = CurveObserver::measure_every(options.steps);
  for (bool with_attention : {false, true}) {
    config.attention = with_attention ? "dot" : "none";
    std::string name = with_attention ? "attention" : "traditional";
    DemonstrationModel& model = with_attention ? result.attention : result.traditional;
    if (!train_model(name, config, options, result.phrasebook, model, observer)) return std::nullopt;
    Translator translator(concat_text(options.folder, "/", name), options.threads);
    evaluate_model(translator, options, result, model);
    if (with_attention) look_at_attention(translator, result);
  }
  write_file(options.folder + "/report.html", demonstration_page(result));
  return result;
}

}  // namespace gradloom
