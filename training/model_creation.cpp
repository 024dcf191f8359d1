// The folder is built beside its place and renamed into it, so that nobody ever sees half of it.
#include "training/model_creation.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>

#include "base/error.h"
#include "serialization/file.h"
#include "serialization/model_folder.h"
#include "training/averaged_parameters.h"
#include "training/checkpoint.h"
#include "training/folder_lock.h"
#include "training/model_files.h"
#include "training/optimizer.h"
#include "training/translator.h"

namespace gradloom {

namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 9> model_names{
    "module.json",  "weights.safetensors", "config.json", "source.vocab", "target.vocab",
    "source.model", "target.model",        "training",    "report.html"};

constexpr std::string_view partial_mark = ".partial-";

// "" when the folder is missing or empty, or when it holds a model that may be replaced.
std::string why_taken(const std::string& folder, bool overwrite) {
  std::error_code error;
  fs::file_status status = fs::status(folder, error);
  if (!fs::exists(status)) return "";
  if (!fs::is_directory(status)) return "is not a folder";
  if (fs::is_empty(folder, error)) return "";
  if (!fs::exists(ModelFiles(folder).module())) return "is not empty and holds no model; choose another folder";
  if (!overwrite) return "holds a model; --resume goes on with it, --overwrite replaces it";
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    std::string name = entry.path().filename().string();
    // A process that was killed while it replaced a file leaves its new text beside it.
    std::string whole = name.substr(0, name.find(partial_mark));
    if (std::ranges::find(model_names, whole) == model_names.end())
      return concat_text("holds \"", name, "\", which is no part of a model and would be lost; move it away");
  }
  return "";
}

std::string without_last_slash(std::string folder) {
  while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
  return folder;
}

// A folder beside `folder` that is removed with the object unless it took its place.
class FolderBeside {
 public:
  explicit FolderBeside(const std::string& folder) : final_(folder) {
    fs::path parent = fs::absolute(folder).parent_path();
    std::error_code error;
    fs::create_directories(parent, error);
    require(!error, Fault::system, "cannot make the folder ", parent.string(), ": ", error.message());
    remove_left_over(parent);
    path_ = concat_text(folder, partial_mark, ::getpid());
    fs::create_directory(path_, error);
    require(!error, Fault::system, "cannot make the folder ", path_, ": ", error.message());
  }
  ~FolderBeside() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  FolderBeside(const FolderBeside&) = delete;
  FolderBeside& operator=(const FolderBeside&) = delete;

  const std::string& path() const { return path_; }

  // Takes the place of the folder; what was there is then at path(), and goes with the object.
  void take_place() {
    std::error_code error;
    bool replaces = fs::exists(final_) && !fs::is_empty(final_, error);
    int result = replaces ? ::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, final_.c_str(), RENAME_EXCHANGE)
                          : ::rename(path_.c_str(), final_.c_str());
    int reason = errno;
    require(result == 0, Fault::system, "cannot rename ", path_, " to ", final_, ": ",
            std::generic_category().message(reason));
    sync_folder(fs::absolute(final_).parent_path().string());
  }

 private:
  // What a process that was killed here left behind.
  void remove_left_over(const fs::path& parent) const {
    std::string begin = fs::path(final_).filename().string() + std::string(partial_mark);
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(parent, error)) {
      std::string name = entry.path().filename().string();
      bool is_number = name.size() > begin.size() && name.starts_with(begin) &&
                       name.find_first_not_of("0123456789", begin.size()) == std::string::npos;
      if (is_number && ::access(("/proc/" + name.substr(begin.size())).c_str(), F_OK) != 0)
        fs::remove_all(entry.path(), error);
    }
  }

  std::string final_, path_;
};

TrainingConfig with_absolute_paths(TrainingConfig config) {
  for (std::string* path : {&config.source_train, &config.target_train, &config.source_valid, &config.target_valid})
    if (!path->empty()) *path = fs::absolute(*path).lexically_normal().string();
  return config;
}

}  // namespace

void check_new_model(const TrainingConfig& config, const std::string& folder, bool overwrite) {
  // The folder is renamed into its place, so it needs a name.
  std::string name = fs::path(without_last_slash(folder)).filename().string();
  require(!name.empty() && name != "." && name != "..", Fault::usage, "model folder ", folder,
          ": a name is needed, not \"", name, "\"");
  std::string reason = why_taken(folder, overwrite);
  require(reason.empty(), Fault::usage, folder, " ", reason);
  check_config(config);
}

TrainingData create_model(const TrainingConfig& given, const std::string& folder, bool overwrite) {
  check_new_model(given, folder, overwrite);
  // A model that another process trains must not be taken away from under it.
  FolderLock lock(ModelFiles(folder).training());
  TrainingConfig config = with_absolute_paths(given);
  for (const std::string& path : {config.source_train, config.target_train, config.source_valid, config.target_valid})
    require_rereadable(path);
  Languages languages = learn_languages(config);
  TrainingData data = read_training_data(config, languages);

  Module module;
  declare_translator(module, config, languages.source_vocabulary.size(), languages.target_vocabulary.size());
  Session session(module);
  session.initialize(config.seed);
  session.set_variable(key_variable, Tensor::scalar(config.seed));
  begin_averages(session);

  FolderBeside beside(without_last_slash(folder));
  ModelFiles files(beside.path());
  fs::create_directory(files.training());
  write_module(files.folder(), module);
  write_file(files.config(), config_json(config, data.hashes));
  write_languages(languages, files.folder());
  write_file(files.log(), "");
  save_weights(files, session);
  write_checkpoint(files, session, TrainingPosition{});
  beside.take_place();
  return data;
}

}  // namespace gradloom
