// The loop of updates. What it decides depends on the position alone; clocks only say when to write a checkpoint that
// changes nothing, and when to stop.
#include "training/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/error.h"
#include "serialization/file.h"
#include "serialization/json_writer.h"
#include "serialization/model_folder.h"
#include "tensor/blas.h"
#include "text/batch_feed.h"
#include "training/averaged_parameters.h"
#include "training/checkpoint.h"
#include "training/folder_lock.h"
#include "training/run_report.h"
#include "training/schedule.h"
#include "training/training_log.h"
#include "training/validation.h"

namespace gradloom {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t default_epochs = 10;
constexpr std::int64_t default_batch_tokens = 2048;
constexpr double seconds_between_checkpoints = 300;
// A mean loss of so many times that of guessing is no learning any more.
constexpr double diverged_above = 10;

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

BatchOptions batch_options(const TrainingConfig& config) {
  BatchOptions options;
  options.sentences = config.batch;
  options.tokens = config.batch > 0 ? 0 : config.batch_tokens > 0 ? config.batch_tokens : default_batch_tokens;
  options.seed = static_cast<std::uint64_t>(config.seed);
  return options;
}

void check_hashes(const TrainingConfig& config, const CorpusHashes& known, const CorpusHashes& now) {
  for (const ConfigField& field : config_fields()) {
    auto was = known.find(field.name);
    auto is = now.find(field.name);
    if (was == known.end() || is == now.end() || was->second == is->second) continue;
    throw UserError(
        concat_text(config.*std::get<std::string TrainingConfig::*>(field.member),
                    " has changed since the training began: its SHA-256 is ", is->second, ", it was ", was->second),
        Fault::input);
  }
}

ModelFolder read_checkpoint(const ModelFiles& files) {
  ModelFolder model = read_model_folder(files.folder());
  require(!model.state.empty(), Fault::input, "no checkpoint in ", files.folder(), ": it has no ", state_file);
  model.weights.clear();
  remove_partial_files(files.folder());
  remove_partial_files(files.training());
  return model;
}

class Trainer {
 public:
  Trainer(const std::string& folder, const RunOptions& options, TrainingObserver& observer,
          std::optional<TrainingData> data)
      : files_(folder),
        options_(options),
        observer_(observer),
        lock_(files_.training()),
        model_(read_checkpoint(files_)),
        session_(*model_.module, session_options(options)),
        file_(read_config(files_.config())),
        languages_(read_languages(file_.config, folder, *model_.module)) {
    for (auto& [name, value] : model_.state) session_.set_variable(name, std::move(value));
    model_.state.clear();
    position_ = saved_ = read_position(files_);
    require(!file_.config.source_train.empty() && !file_.config.target_train.empty(), Fault::input, files_.config(),
            ": source_train and target_train are needed to go on");
    data_ = data ? std::move(*data) : read_training_data(file_.config, languages_);
    check_hashes(file_.config, file_.hashes, data_.hashes);
    log_.emplace(files_.log(), position_.log_bytes);
    timing_.emplace(files_.timing(), -1);
    batches_.emplace(data_.train.pairs, batch_options(file_.config), position_.place);
    const Graph& function = training_function(files_, *model_.module);
    step_ = session_.prepare(function.name());
    rate_dtype_ = function.input_named("learning_rate").dtype();
    if (config().accumulate > 1) {
      require(model_.module->find_function("accumulate_step") != nullptr, Fault::input, files_.config(),
              ": accumulate is ", config().accumulate, " but ", files_.module(), " has no function accumulate_step");
      accumulate_ = session_.prepare("accumulate_step");
    }
    adopt_limits();  // behind what may be refused
  }

  TrainingResult run() {
    begun_ = saved_at_ = timed_from_ = Clock::now();  // reading the corpora is no training
    // Who died behind the checkpoint and before its copy of the position left an older copy.
    write_file(files_.position(), position_json(position_));
    observer_.started(file_.config, data_.train.counts, position_, batches_->padding());
    timing_->append(concat_text("{\"update\": ", position_.update, ", \"threads\": ", options_.threads,
                                ", \"blas\": ", json_string(blas_kernel()), "}"));
    for (;;) {
      if (is_validation_due() && !validate()) return stop_early();
      if (is_checkpoint_due()) save();
      if (std::optional<TrainingResult> end = ending()) {
        if (position_ != saved_) save();
        // The report stays that of the last validation, which may have been an earlier run's.
        if (position_.validated_update < 0) write_run_report(files_, config(), data_, languages_, session_, {});
        end->position = position_;
        return *end;
      }
      if (is_stopped()) return stop_early();
      if (std::string fault = update(); !fault.empty()) return diverged(fault);
    }
  }

 private:
  static SessionOptions session_options(const RunOptions& options) {
    SessionOptions session;
    session.threads = options.threads;
    session.check_finite = options.check_finite;
    return session;
  }

  const TrainingConfig& config() const { return file_.config; }
  bool is_stopped() const { return options_.stop && options_.stop(); }
  bool is_epoch_begin() const { return position_.update > 0 && position_.place.batch == 0; }

  // Limits that were given replace the folder's, in config.json too, so that it says what the model was asked to be.
  void adopt_limits() {
    TrainingConfig& config = file_.config;
    if (!options_.epochs && !options_.max_updates && !options_.max_minutes) return;
    std::int64_t epochs = options_.epochs.value_or(0), updates = options_.max_updates.value_or(0);
    double minutes = options_.max_minutes.value_or(0);
    if (epochs == config.epochs && updates == config.max_updates && minutes == config.max_minutes) return;
    config.epochs = epochs;
    config.max_updates = updates;
    config.max_minutes = minutes;
    write_file(files_.config(), config_json(config, file_.hashes));
  }

  bool is_validation_due() const {
    bool is_time = is_epoch_begin() ||
                   (config().valid_every > 0 && position_.update > 0 && position_.update % config().valid_every == 0);
    return config().has_validation() && is_time && position_.validated_update != position_.update;
  }

  bool is_checkpoint_due() const {
    if (position_.update == saved_.update && position_.validated_update == saved_.validated_update) return false;
    bool is_time = position_.validated_update == position_.update || is_epoch_begin();
    if (config().checkpoint_every > 0) return is_time || position_.update % config().checkpoint_every == 0;
    return is_time || seconds_since(saved_at_) > seconds_between_checkpoints;
  }

  std::optional<TrainingResult> ending() const {
    TrainingResult result;
    std::int64_t epochs = config().epochs, updates = config().max_updates;
    if (epochs == 0 && updates == 0 && config().max_minutes == 0) epochs = default_epochs;
    if (epochs > 0 && position_.place.epoch >= epochs) {
      result.text = concat_text(epochs, epochs == 1 ? " epoch is done" : " epochs are done");
      return result;
    }
    if (updates > 0 && position_.update >= updates) {
      result.ending = Ending::updates;
      result.text = concat_text(position_.update, position_.update == 1 ? " update is done" : " updates are done");
      return result;
    }
    if (config().patience > 0 && position_.validations_since_best >= config().patience) {
      result.ending = Ending::patience;
      result.text = concat_text(position_.validations_since_best, " validations brought nothing better than that of ",
                                "update ", position_.best_update);
      return result;
    }
    if (config().max_minutes > 0 && seconds_since(begun_) >= 60 * config().max_minutes) {
      result.ending = Ending::minutes;
      result.text = concat_text(config().max_minutes, " minutes are over");
      return result;
    }
    return std::nullopt;
  }

  TrainingResult stop_early() {
    if (position_ != saved_) save();
    return {Ending::stopped, position_, concat_text("stopped after update ", position_.update)};
  }

  TrainingResult diverged(const std::string& fault) {
    std::string kept = position_.best_update >= 0
                           ? concat_text("the best parameters, of update ", position_.best_update)
                           : concat_text("the parameters of update ", saved_.update);
    return {Ending::diverged, saved_, concat_text("the training diverged: ", fault, "; ", kept, ", are kept")};
  }

  // One step; what went wrong with the numbers, or "".
  std::string update() {
    TrainingProgress progress;
    progress.epoch = position_.place.epoch;
    progress.update = position_.update + 1;
    progress.learning_rate = learning_rate_at(config(), progress.update, position_.rate_scale);
    double loss_sum = 0;
    std::int64_t tokens = 0;
    for (std::int64_t part = 1;; ++part) {
      PreparedBatch prepared = batches_->next();
      // No update has batches of two epochs, so that each epoch begins with an update.
      bool is_last = part == config().accumulate || prepared.next.batch == 0;
      run_step(is_last ? *step_ : *accumulate_, is_last, prepared.batch, progress);
      if (!fault_.empty()) return fault_;
      loss_sum += progress.loss * static_cast<double>(prepared.batch.target_tokens);
      tokens += prepared.batch.target_tokens;
      progress.batches = prepared.batches_in_epoch;
      progress.batch = prepared.next.batch == 0 ? progress.batches : prepared.next.batch;
      position_.place = prepared.next;
      if (is_last) break;
    }
    if (!std::isfinite(loss_sum) || !std::isfinite(progress.gradient_norm))
      return concat_text("at update ", progress.update, " the loss is ", loss_sum / static_cast<double>(tokens),
                         " and the norm of the gradients ", progress.gradient_norm);
    position_.update = progress.update;
    position_.target_tokens += tokens;
    position_.window_updates += 1;
    position_.window_tokens += tokens;
    position_.window_loss += loss_sum;
    position_.window_norm += progress.gradient_norm;
    timed_tokens_ += tokens;
    progress.loss = loss_sum / static_cast<double>(tokens);
    progress.tokens_per_second = static_cast<double>(timed_tokens_) / seconds_since(timed_from_);
    observer_.updated(progress);
    if (position_.update % config().log_every == 0 || is_epoch_begin()) return write_log(progress);
    return "";
  }

  void run_step(Session::Call& call, bool updates, const Batch& batch, TrainingProgress& progress) {
    auto give = [&](std::string_view name, const Tensor& value) { call.set_input(call.input_index(name), value); };
    give("source", batch.source);
    give("source_lengths", batch.source_lengths);
    give("target_in", batch.target_in);
    give("target_out", batch.target_out);
    give("target_lengths", batch.target_lengths);
    if (updates) give("learning_rate", Tensor::scalar(rate_dtype_, progress.learning_rate));
    session_.record(options_.profile);
    try {
      call.run();
    } catch (const UserError& error) {
      if (!options_.check_finite || error.fault() != Fault::input) throw;
      fault_ = concat_text("at update ", progress.update, ": ", error.what());
      return;
    }
    session_.record(nullptr);
    auto number = [&](std::string_view name) {
      TensorView view = call.output(call.output_index(name));
      return view.dtype == DType::float64 ? view.as<double>()[0] : static_cast<double>(view.as<float>()[0]);
    };
    progress.loss = number("loss");
    if (updates) progress.gradient_norm = number("gradient_norm");
  }

  // The line of the window that ends here, and a new window.
  std::string write_log(TrainingProgress progress) {
    progress.loss = position_.window_loss / static_cast<double>(position_.window_tokens);
    progress.gradient_norm = position_.window_norm / static_cast<double>(position_.window_updates);
    log_->append(concat_text(
        "{\"update\": ", progress.update, ", \"epoch\": ", progress.epoch, ", \"loss\": ", json_number(progress.loss),
        ", \"target_tokens\": ", position_.window_tokens, ", \"gradient_norm\": ", json_number(progress.gradient_norm),
        ", \"learning_rate\": ", json_number(progress.learning_rate), "}"));
    timing_->append(concat_text("{\"update\": ", progress.update, ", \"seconds\": ", json_number(seconds_since(begun_)),
                                ", \"target_tokens_per_second\": ", json_number(progress.tokens_per_second),
                                ", \"seconds_waited_for_batches\": ", json_number(batches_->seconds_waited()), "}"));
    observer_.logged(progress);
    position_.window_updates = position_.window_tokens = 0;
    position_.window_loss = position_.window_norm = 0;
    timed_tokens_ = 0;
    timed_from_ = Clock::now();
    double guessing = std::log(static_cast<double>(languages_.target_vocabulary.size()));
    if (progress.loss <= diverged_above * guessing) return "";
    return concat_text("up to update ", progress.update, " the mean loss is ", progress.loss, ", over ", diverged_above,
                       " times that of guessing (", guessing, ")");
  }

  // False when the user stopped it.
  bool validate() {
    std::optional<Validation> result = gradloom::validate(session_, languages_, data_, options_.stop);
    if (!result) return false;
    double bleu = result->bleu.value_or(-1);
    bool is_best = config().best_by == "bleu" ? bleu > position_.best_bleu : result->loss < position_.best_loss;
    position_.validated_update = position_.update;
    position_.validations_since_best += 1;
    if (is_best) {
      position_.best_loss = result->loss;
      position_.best_bleu = bleu;
      position_.best_update = position_.update;
      position_.validations_since_best = 0;
      save_weights(files_, session_);
    } else if (config().schedule == "plateau") {
      position_.rate_scale /= 2;
    }
    log_->append(concat_text("{\"update\": ", position_.update, ", \"epoch\": ", position_.place.epoch,
                             ", \"validation_loss\": ", json_number(result->loss),
                             ", \"perplexity\": ", json_number(std::exp(result->loss)),
                             result->bleu ? ", \"bleu\": " + json_number(bleu) : "", ", \"best\": ", is_best, "}"));
    observer_.validated({position_.update, result->loss, result->bleu, is_best, position_.validations_since_best});
    write_run_report(files_, config(), data_, languages_, session_, *result);
    timed_tokens_ = 0;
    timed_from_ = Clock::now();
    return true;
  }

  void save() {
    // Until validation has chosen, the last parameters are what translates.
    if (position_.best_update < 0) save_weights(files_, session_);
    log_->sync();
    position_.log_bytes = log_->size();
    write_checkpoint(files_, session_, position_);
    saved_ = position_;
    saved_at_ = Clock::now();
    observer_.saved(position_);
  }

  ModelFiles files_;
  RunOptions options_;
  TrainingObserver& observer_;
  FolderLock lock_;
  ModelFolder model_;
  Session session_;
  ConfigFile file_;
  Languages languages_;
  TrainingData data_;
  TrainingPosition position_, saved_;
  std::optional<LineLog> log_, timing_;
  std::optional<BatchFeed> batches_;
  std::shared_ptr<Session::Call> step_, accumulate_;
  DType rate_dtype_ = DType::float32;
  std::string fault_;
  Clock::time_point begun_, saved_at_, timed_from_;
  std::int64_t timed_tokens_ = 0;
};

}  // namespace

TrainingResult train(const std::string& folder, const RunOptions& options, TrainingObserver& observer,
                     std::optional<TrainingData> data) {
  return Trainer(folder, options, observer, std::move(data)).run();
}

}  // namespace gradloom
