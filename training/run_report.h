// report.html of a training run, written again after every validation and at the end.
#pragma once

#include "training/languages.h"
#include "training/model_files.h"
#include "training/validation.h"

namespace gradloom {

/// Replaces the folder's report.html by a page of its log so far, of the last validation and of the corpora.
void write_run_report(const ModelFiles& files, const TrainingConfig& config, const TrainingData& data,
                      const Languages& languages, Session& session, const Validation& last);

}  // namespace gradloom
