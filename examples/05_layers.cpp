// Declaring layers: a GRU and attention written from operations, as on a blackboard. Together they learn to point: in
// digits with one 0 among them, at the digit behind the 0.
#include <cstdio>
#include <random>

#include "models/parameters.h"
#include "ops/ops.h"
#include "runtime/session.h"
#include "training/optimizer.h"

using namespace gradloom;

namespace {
constexpr std::int64_t digits = 10, state_size = 16, length = 6;

// One step: x [batch, in], h [batch, state] -> the next h.
struct Gru {
  std::string input, state, bias;
  explicit Gru(const Parameters& p)
      : input(p.weight("input", 3 * state_size, digits)),
        state(p.weight("state", 3 * state_size, state_size)),
        bias(p.bias("bias", 3 * state_size)) {}
  Value operator()(Value x, Value h) const {
    Graph& graph = x.graph();
    Values in = split(linear(x, graph.variable(input), graph.variable(bias)), -1, 3);
    Values from_h = split(linear(h, graph.variable(state)), -1, 3);
    Value reset = sigmoid(in[0] + from_h[0]), update = sigmoid(in[1] + from_h[1]);
    Value candidate = tanh(in[2] + reset * from_h[2]);
    return update * h + (1.0 - update) * candidate;
  }
};

TensorMap random_batch(std::mt19937& draws, std::int64_t rows) {
  std::vector<std::int32_t> ids, answers;
  for (std::int64_t row = 0; row < rows; ++row) {
    std::size_t zero = ids.size() + draws() % (length - 1);
    for (std::int64_t i = 0; i < length; ++i) ids.push_back(1 + static_cast<std::int32_t>(draws() % 9));
    ids[zero] = 0;
    answers.push_back(ids[zero + 1]);
  }
  return {{"digits", Tensor::from(Shape{rows, length}, ids)}, {"answer", Tensor::from(Shape{rows}, answers)}};
}
}  // namespace

int main() {
  Module module;
  Gru gru(Parameters(module) / "reader");
  std::string query = Parameters(module).declare("query", {state_size}, normal_fill(0, 1));

  Graph& step = module.add_function("train_step");
  Value ids = step.input("digits", DType::int32, {"batch", length});
  Value answer = step.input("answer", DType::int32, {"batch"});
  Value x = one_hot(transpose(ids), digits, DType::float32);  // [time, batch, digit]
  auto read = [&](const Values& carries, const Values& slices) -> Step {
    Value h = gru(slices[0], carries[0]);
    return {{h}, {h}};
  };
  Value h0 = fill(step, DType::float32, {"batch", state_size}, 0);
  Value states = scan({h0}, {x}, read).outputs[0];  // [time, batch, state]

  // Attention: each state gets a score, softmax makes weights of the scores, the digits are mixed by their weights.
  Value scores = dot_general(states, step.variable(query), {}, {}, {2}, {0});  // [time, batch]
  Value weights = softmax(scores, 0);
  Value mixed = sum(expand_dims(weights, {2}) * x, {0});  // [batch, digit]
  Value loss = mean(cross_entropy(log(mixed + 1e-6), answer));
  step.output("loss", loss);
  step.output("attention", transpose(weights));
  minimize(step, loss, step.constant(DType::float32, 0.02), Adam{}, 1.0);

  std::mt19937 draws(1);
  Session session(module);
  session.initialize(1);
  for (int i = 0; i <= 300; ++i) {
    double now = session.run("train_step", random_batch(draws, 64)).at("loss").item();
    if (i % 100 == 0) std::printf("step %3d: loss %.1f\n", i, now);
  }
  TensorMap batch = random_batch(draws, 3), results = session.run("train_step", batch);
  for (std::size_t i = 0; i < 3 * length; ++i)
    std::printf("%s%d:%.1f%s", i % length == 0 ? "looked at " : "  ", batch.at("digits").values<std::int32_t>()[i],
                results.at("attention").values<float>()[i], i % length == length - 1 ? "\n" : "");
}
