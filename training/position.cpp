// position.json: one key a line, in the order of the struct.
#include "training/position.h"

#include <variant>

#include "base/error.h"
#include "serialization/json_reader.h"
#include "serialization/json_writer.h"

namespace gradloom {

namespace {

using P = TrainingPosition;
constexpr const char* format_name = "gradloom-position";
constexpr std::int64_t format_version = 1;

struct Key {
  const char* name;
  std::variant<std::int64_t P::*, double P::*> member;
};
constexpr Key keys[] = {{"update", &P::update},
                        {"target_tokens", &P::target_tokens},
                        {"window_updates", &P::window_updates},
                        {"window_tokens", &P::window_tokens},
                        {"window_loss", &P::window_loss},
                        {"window_norm", &P::window_norm},
                        {"validated_update", &P::validated_update},
                        {"best_update", &P::best_update},
                        {"best_loss", &P::best_loss},
                        {"best_bleu", &P::best_bleu},
                        {"validations_since_best", &P::validations_since_best},
                        {"rate_scale", &P::rate_scale},
                        {"log_bytes", &P::log_bytes}};

}  // namespace

std::string position_json(const TrainingPosition& position) {
  std::string text = concat_text("{\n  \"format\": \"", format_name, "\",\n  \"version\": ", format_version,
                                 ",\n  \"epoch\": ", position.place.epoch, ",\n  \"batch\": ", position.place.batch);
  for (const Key& key : keys) {
    std::string value = std::visit([&](auto member) { return json_number(position.*member); }, key.member);
    text += concat_text(",\n  \"", key.name, "\": ", value);
  }
  return text + "\n}\n";
}

TrainingPosition parse_position(std::string_view text, const std::string& name) {
  JsonDocument document = JsonDocument::parse(text, name);
  JsonValue root = document.root();
  if (root.at("format").as_string() != format_name)
    root.refuse("the format is ", root.at("format").as_string(), ", not ", format_name);
  root.at("version").as_int64(1, format_version);
  TrainingPosition position;
  position.place.epoch = root.at("epoch").as_int64(0);
  position.place.batch = root.at("batch").as_int64(0);
  for (const Key& key : keys) {
    JsonValue value = root.at(key.name);
    if (auto* count = std::get_if<std::int64_t P::*>(&key.member)) position.** count = value.as_int64(-1);
    if (auto* real = std::get_if<double P::*>(&key.member)) position.** real = value.as_float64();
  }
  return position;
}

}  // namespace gradloom
