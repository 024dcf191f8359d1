// A line is one JSON object; what it has tells what it is of.
#include "training/log_curves.h"

#include <cmath>

#include "base/text.h"
#include "serialization/json_reader.h"
#include "text/line_reader.h"

namespace gradloom {

LogCurves read_log(const std::string& path) {
  LogCurves curves;
  LineReader reader(path);
  for (std::string line; reader.next(line);) {
    JsonDocument document = JsonDocument::parse(line, concat_text(path, ", line ", reader.line_number()));
    JsonValue root = document.root();
    auto update = static_cast<double>(root.at("update").as_int64(0));
    auto add = [&](const char* key, LogCurves::Points& points) {
      if (auto value = root.find(key)) points.emplace_back(update, value->as_float64());
    };
    add("loss", curves.loss);
    add("gradient_norm", curves.gradient_norm);
    add("learning_rate", curves.learning_rate);
    add("validation_loss", curves.validation_loss);
    add("bleu", curves.bleu);
  }
  return curves;
}

LogCurves::Points perplexities(const LogCurves::Points& losses) {
  LogCurves::Points points = losses;
  for (auto& [update, value] : points) value = std::exp(value);
  return points;
}

}  // namespace gradloom
