// The curves of a training run, read back from its log.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace gradloom {

/// Points are {update, number}.
struct LogCurves {
  using Points = std::vector<std::pair<double, double>>;
  Points loss;  ///< mean over the words since the point before
  Points gradient_norm, learning_rate;
  Points validation_loss, bleu;
};

/// The exponentials of losses.
LogCurves::Points perplexities(const LogCurves::Points& losses);

/// Reads log.jsonl. A UserError (Fault::input) names the line that is no such log's.
LogCurves read_log(const std::string& path);

}  // namespace gradloom
