// Saving, and loading in another process: a model folder holds the graphs and the numbers, so the process that loads it
// needs none of the code that declared the model. A GRU learns to spell a word; another process lets it spell.
#include <cstdio>
#include <cstdlib>

#include "models/cell.h"
#include "models/feed_forward.h"
#include "runtime/session.h"
#include "serialization/model_folder.h"
#include "training/optimizer.h"

using namespace gradloom;

namespace {

constexpr std::int64_t letters = 27, state_size = 24;  // letter 0 ends a word, 1 is a

void declare_speller(Module& module) {
  Parameters parameters(module);
  Cell cell(parameters / "speller", CellKind::gru, letters, state_size);
  FeedForward output(parameters / "output", state_size, letters, Activation::none);

  Graph& step = module.add_function("train_step");
  Value word = step.input("word", DType::int32, {"length"});
  Value read = slice(word, 0, 0, -1), wanted = slice(word, 0, 1, word.dim(0));
  Value x = expand_dims(one_hot(read, letters, DType::float32), {1});  // [time, 1 row, letter]
  Value logits = scan(cell.zero_state(step, 1), {x}, [&](const Values& carries, const Values& slices) -> Step {
                   Values state = cell(slices[0], carries);
                   return {state, {output(state[0])}};
                 }).outputs[0];
  Value loss = mean(cross_entropy(squeeze(logits, {1}), wanted));
  step.output("loss", loss);
  minimize(step, loss, step.constant(DType::float32, 0.02), Adam{}, 1.0);

  Graph& spell = module.add_function("next_letter");
  Value letter = spell.input("letter", DType::int32, {1});
  Value state =
      cell(one_hot(letter, letters, DType::float32), {spell.input("state", DType::float32, {1, state_size})})[0];
  spell.output("next_letter", argmax(output(state)));
  spell.output("next_state", state);
}

void spell(const char* folder) {
  ModelFolder model = read_model_folder(folder);
  Session session(*model.module);
  for (auto& [name, value] : model.weights) session.set_variable(name, value);
  std::int64_t letter = 0;
  Tensor state(DType::float32, {1, state_size});
  for (int i = 0; i < 20; ++i) {
    TensorMap next = session.run(
        "next_letter",
        {{"letter", Tensor::from<std::int32_t>({1}, {static_cast<std::int32_t>(letter)})}, {"state", state}});
    letter = next.at("next_letter").values<std::int64_t>()[0];
    state = next.at("next_state");
    std::printf("%c", letter == 0 ? '\n' : static_cast<char>('a' + letter - 1));
    if (letter == 0) return;
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count > 1) return spell(arguments[1]), 0;
  Module module;
  declare_speller(module);
  Session session(module);
  session.initialize(1);
  std::vector<std::int32_t> word{0};
  for (char c : std::string("gradloom")) word.push_back(c - 'a' + 1);
  word.push_back(0);
  for (int i = 0; i < 200; ++i)
    session.run("train_step", {{"word", Tensor::from(Shape{static_cast<std::int64_t>(word.size())}, word)}});

  write_model_folder("speller", module, session.variables());
  std::printf("saved; the other process spells: ");
  std::fflush(stdout);
  return std::system((std::string("\"") + arguments[0] + "\" speller").c_str());
}
