// Training on from JSON, with gradloom::engine alone: the whole training step, gradients and Adam included, is a
// function of module.json. This program knows no cell, no layer and no optimizer, and still teaches the model a word.
#include <cstdio>

#include "runtime/session.h"
#include "serialization/model_folder.h"

using namespace gradloom;

int main(int count, char** arguments) {
  // A module.json as 06_save_and_load writes it, without any weights beside it.
  ModelFolder model = read_model_folder(count > 1 ? arguments[1] : "examples/07_train_on");
  Session session(*model.module);
  for (auto& [name, value] : model.state) session.set_variable(name, value);
  session.initialize_missing(1);  // by the initialisers that the file holds

  std::vector<std::int32_t> word{0};
  for (char c : std::string("attention")) word.push_back(c - 'a' + 1);
  word.push_back(0);
  TensorMap batch{{"word", Tensor::from(Shape{static_cast<std::int64_t>(word.size())}, word)}};
  for (int i = 0; i <= 200; ++i) {
    double loss = session.run("train_step", batch).at("loss").item();
    if (i % 100 == 0) std::printf("step %3d: loss %.1f\n", i, loss);
  }

  // Outputs next_x are the inputs x of the next call.
  const Graph& next_letter = model.module->function("next_letter");
  std::printf("it reads");
  for (Value input : next_letter.inputs()) std::printf(" %s, a %s;", input.name().c_str(), input.type().text().c_str());
  std::printf(" it spells ");
  TensorMap inputs{{"letter", Tensor(DType::int32, {1})},
                   {"state", Tensor(DType::float32, {1, model.module->variable("output/weight").shape[1]})}};
  for (int i = 0; i < 20; ++i) {
    TensorMap next = session.run("next_letter", inputs);
    inputs["letter"] = next.at("next_letter").cast(DType::int32);
    inputs["state"] = next.at("next_state");
    double letter = inputs["letter"].item();
    std::printf("%c", letter == 0 ? '\n' : static_cast<char>('a' + static_cast<int>(letter) - 1));
    if (letter == 0) break;
  }
}
