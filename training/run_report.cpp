// The page shows what the log says, so that a resumed run's report is that of a run that never stopped.
#include "training/run_report.h"

#include <filesystem>

#include "serialization/file.h"
#include "training/averaged_parameters.h"
#include "training/model_page.h"

namespace gradloom {

void write_run_report(const ModelFiles& files, const TrainingConfig& config, const TrainingData& data,
                      const Languages& languages, Session& session, const Validation& last) {
  ModelPage page;
  PageModel model;
  model.name = std::filesystem::absolute(files.folder()).lexically_normal().filename().string();
  model.config = config;
  model.parameters = parameter_count(session.module());
  model.curves = read_log(files.log());
  model.loss = last.loss;
  model.translations = last.translations;
  page.title = "How " + model.name + " learnt to translate";
  page.text = {data.valid_sources, data.valid_references};
  if (!last.translations.empty()) {
    AveragedParameters averaged(session);
    Translator translator(session, languages);
    page.maps = sample_maps(translator, page.text, last.translations);
  }
  page.statistics = statistics_of(data.train, languages);
  page.statistics_of = "the training corpus";
  page.models.push_back(std::move(model));
  write_file(files.report(), model_page(page));
}

}  // namespace gradloom
