// The search against an exhaustive one on a toy model, and what it asks of a module.
#include "models/decoding.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "models/sequence_to_sequence.h"
#include "ops/ops.h"
#include "tests/runtime/allocation_count.h"

using namespace gradloom;

namespace {

struct Toy {
  Module module;
  std::unique_ptr<Session> session;

  explicit Toy(SequenceToSequenceConfig config) {
    SequenceToSequence model(module, config);
    model.declare_decoding();
    session = std::make_unique<Session>(module);
    session->initialize(5);
    // Larger weights than those one begins to train with, so that the choices differ.
    for (const Variable& variable : module.variables()) {
      Tensor value = session->variable(variable.name);
      if (variable.dtype != DType::float32) continue;
      for (float& x : value.mutable_values<float>()) x *= 4;
      session->set_variable(variable.name, value);
    }
  }
};

SequenceToSequenceConfig toy_config(CellKind cell = CellKind::gru, AttentionKind attention = AttentionKind::dot) {
  SequenceToSequenceConfig config;
  config.cell = cell;
  config.attention = attention;
  config.embedding = config.hidden = 6;
  config.source_vocabulary = 7;
  config.target_vocabulary = 6;
  return config;
}

const Tensor sources = Tensor::from<std::int32_t>({3, 4}, {3, 4, 5, 6, 6, 5, 0, 0, 4, 3, 3, 0});
const Tensor lengths = Tensor::from<std::int32_t>({3}, {4, 2, 3});

// The best of all hypotheses of at most `steps` tokens, each scored by running the functions by hand.
struct Exhaustive {
  Session& session;
  TensorMap constants;
  std::int64_t steps;
  double normalisation;
  std::vector<std::int32_t> best_tokens;
  double best = -1e300;

  void extend(TensorMap inputs, std::vector<std::int32_t> tokens, double score) {
    TensorMap outputs = session.run("decode_step", inputs);
    auto p = outputs.at("log_probabilities").to_vector<float>();
    for (std::int32_t token = 1; token < static_cast<std::int32_t>(p.size()); ++token) {
      double sum = score + static_cast<double>(p[static_cast<std::size_t>(token)]);
      auto longer = tokens;
      longer.push_back(token);
      if (token == end_id || static_cast<std::int64_t>(longer.size()) == steps) {
        double normalised = sum / std::pow(static_cast<double>(longer.size()), normalisation);
        if (normalised > best) best = normalised, best_tokens = longer;
        continue;
      }
      TensorMap next = inputs;
      next["previous"] = Tensor::from<std::int32_t>({1}, {token});
      for (auto& [name, value] : next)
        if (auto found = outputs.find("next_" + name); found != outputs.end()) value = found->second;
      extend(next, longer, sum);
    }
  }
};

}  // namespace

TEST_CASE("models/decoding: a wide beam finds what an exhaustive search finds") {
  for (auto config : {toy_config(), toy_config(CellKind::lstm, AttentionKind::none)}) {
    Toy toy(config);
    Decoder decoder(*toy.session);
    DecodeOptions options;
    options.beam = 600;
    options.steps = 4;
    auto found = decoder.decode(sources, lengths, options);
    for (std::size_t row = 0; row < 3; ++row) {
      std::int32_t length = lengths.values<std::int32_t>()[row];
      auto words = sources.values<std::int32_t>().subspan(row * 4, static_cast<std::size_t>(length));
      TensorMap inputs{{"source", Tensor::from<std::int32_t>({1, length}, words)},
                       {"source_lengths", Tensor::from<std::int32_t>({1}, {length})}};
      TensorMap first = toy.session->run("encode", inputs);
      first["previous"] = Tensor::from<std::int32_t>({1}, {end_id});
      if (config.attention != AttentionKind::none) first["source_lengths"] = inputs["source_lengths"];
      Exhaustive all{*toy.session, {}, 4, options.length_normalisation, {}};
      all.extend(first, {}, 0);
      auto tokens = found[row][0].tokens;
      if (found[row][0].is_complete) tokens.push_back(end_id);
      CHECK(tokens == all.best_tokens);
      CHECK(found[row][0].normalised == doctest::Approx(all.best).epsilon(1e-5));
      CHECK(std::ranges::is_sorted(found[row], std::greater<>(), &Hypothesis::normalised));
    }
  }
}

TEST_CASE("models/decoding: a beam of one takes the most probable token each time") {
  Toy toy(toy_config(CellKind::lstm, AttentionKind::additive));
  Decoder decoder(*toy.session);
  DecodeOptions options;
  options.attention = true;
  auto found = decoder.decode(sources, lengths, options);
  TensorMap inputs = toy.session->run("encode", {{"source", sources}, {"source_lengths", lengths}});
  inputs["source_lengths"] = lengths;
  inputs["previous"] = Tensor::from<std::int32_t>({3}, {end_id, end_id, end_id});
  for (std::size_t step = 0; step < 10; ++step) {
    TensorMap outputs = toy.session->run("decode_step", inputs);
    auto p = outputs.at("log_probabilities").to_vector<float>();
    std::vector<std::int32_t> next;
    for (std::size_t row = 0; row < 3; ++row) {
      auto begin = p.begin() + static_cast<std::ptrdiff_t>(row) * 6;
      next.push_back(1 + static_cast<std::int32_t>(std::max_element(begin + 1, begin + 6) - (begin + 1)));
      const Hypothesis& hypothesis = found[row][0];
      std::size_t size = hypothesis.tokens.size();
      if (step < size) CHECK(hypothesis.tokens[step] == next.back());
      if (step == size && hypothesis.is_complete) CHECK(next.back() == end_id);
      CHECK(hypothesis.attention.size() == 4 * size);
      if (step < size && step == 0)
        CHECK(hypothesis.attention[0] == outputs.at("attention").to_vector<float>()[4 * row]);
    }
    for (const char* name : {"state", "cell"}) inputs[name] = outputs.at(std::string("next_") + name);
    inputs["previous"] = Tensor::from(Shape{3}, next);
  }
}

TEST_CASE("models/decoding: a row translates the same alone and among others") {
  Toy toy(toy_config(CellKind::gru, AttentionKind::general));
  Decoder decoder(*toy.session);
  DecodeOptions options;
  options.beam = 3;
  auto together = decoder.decode(sources, lengths, options);
  auto alone =
      decoder.decode(Tensor::from<std::int32_t>({1, 2}, {6, 5}), Tensor::from<std::int32_t>({1}, {2}), options);
  REQUIRE(alone[0].size() == 3);
  for (std::size_t i = 0; i < 3; ++i) CHECK(alone[0][i].tokens == together[1][i].tokens);
}

TEST_CASE("models/decoding: exact steps without an end token") {
  Toy toy(toy_config());
  DecodeOptions options;
  options.end_token = -1;
  options.steps = 5;
  options.forbidden = {};
  for (const auto& found : Decoder(*toy.session).decode(sources, lengths, options)) {
    CHECK(found[0].tokens.size() == 5);
    CHECK(!found[0].is_complete);
  }
}

TEST_CASE("models/decoding: steps allocate nothing, whatever batch and beam, attention given or not") {
  Toy toy(toy_config());
  Decoder decoder(*toy.session);
  DecodeOptions options;
  options.end_token = -1;
  options.forbidden = {};
  for (std::int64_t batch : {1, 2, 3, 17, 32})
    for (std::int64_t beam : {1, 3})
      for (bool attention : {false, true}) {
        Tensor words(DType::int32, {batch, 4}), all(DType::int32, {batch});
        std::ranges::fill(words.mutable_values<std::int32_t>(), 3);
        std::ranges::fill(all.mutable_values<std::int32_t>(), 4);
        options.beam = beam;
        options.attention = attention;
        auto allocations = [&](std::int64_t steps) {
          options.steps = steps;
          decoder.decode(words, all, options);
          std::int64_t before = testing::allocation_count();
          auto found = decoder.decode(words, all, options);
          CHECK(found[0][0].attention.size() == (attention ? 4 * static_cast<std::size_t>(steps) : 0));
          return testing::allocation_count() - before;
        };
        // A longer path through the tree grows more often when the sentence is done: no power of two lies between.
        CHECK_MESSAGE(allocations(15) == allocations(10), "batch ", batch, ", beam ", beam, ", ", attention);
      }
}

TEST_CASE("models/decoding: a module whose names do not fit is bad input") {
  auto refusal = [](const Module& module) {
    Session session(module);
    try {
      Decoder decoder(session);
    } catch (const UserError& error) {
      CHECK(error.fault() == Fault::input);
      return std::string(error.what());
    }
    return std::string();
  };
  Module module;
  CHECK(refusal(module) == "the module has no function encode; translating needs encode and decode_step");
  Graph& encode = module.add_function("encode");
  encode.output("state", cast(encode.input("source", DType::int32, {"batch", "source_length"}), DType::float32));
  CHECK(refusal(module) == "the module has no function decode_step; translating needs encode and decode_step");
  Graph& step = module.add_function("decode_step");
  CHECK(refusal(module) == "encode has no input source_lengths");
  encode.input("source_lengths", DType::int32, {"batch"});
  CHECK(refusal(module) == "decode_step has no input previous");
  step.input("previous", DType::int32, {"batch"});
  CHECK(refusal(module) == "decode_step has no output log_probabilities");
  step.output("log_probabilities", step.input("states", DType::float32, {"batch", 5}));
  CHECK(refusal(module) == "the input states of decode_step is neither previous nor an input or output of encode");
}
