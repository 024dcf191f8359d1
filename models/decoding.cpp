// One search for greedy and beam: every sentence has `beam` rows of the batch, of which those that are done or not yet
// in use are computed along and ignored; sentences that are done leave the batch when a quarter of it is.
#include "models/decoding.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/error.h"

namespace gradloom {

namespace {

constexpr double never = -std::numeric_limits<double>::infinity();
constexpr const char* next_mark = "next_";

// Rows of a tensor in another order; a row may be taken several times.
Tensor take_rows(const Tensor& from, const std::vector<std::int64_t>& rows) {
  Shape shape = from.shape();
  std::size_t bytes = shape[0] == 0 ? 0 : from.bytes() / static_cast<std::size_t>(shape[0]);
  shape[0] = static_cast<std::int64_t>(rows.size());
  Tensor result(from.dtype(), shape);
  auto* to = static_cast<std::byte*>(result.mutable_data());
  const auto* source = static_cast<const std::byte*>(from.data());
  for (std::size_t i = 0; i < rows.size() && bytes > 0; ++i)
    std::memcpy(to + i * bytes, source + static_cast<std::size_t>(rows[i]) * bytes, bytes);
  return result;
}

// A token of a hypothesis, and the one before it; the search makes a tree of them.
struct Link {
  std::int64_t parent = -1;
  std::int32_t token = 0;
  std::vector<float> attention;
};

// One way to go on: which row, with which token.
struct Candidate {
  double score = never;
  std::int64_t row = 0;
  std::int32_t token = 0;
};

struct Row {
  double score = never;  // `never`: not in use
  std::int64_t link = -1;
};

struct Sentence {
  std::int64_t index = 0, limit = 0;
  std::vector<Hypothesis> done;
};

class Search {
 public:
  Search(Session& session, const std::vector<std::string>& constants, const std::vector<std::string>& carries,
         bool attention, const DecodeOptions& options)
      : session_(session), constants_(constants), carries_(carries), attention_(attention), options_(options) {}

  std::vector<std::vector<Hypothesis>> run(const Tensor& source, const Tensor& lengths) {
    std::int64_t batch = source.shape()[0];
    source_length_ = source.shape()[1];
    std::vector<std::vector<Hypothesis>> results(static_cast<std::size_t>(batch));
    if (batch == 0) return results;
    begin(source, lengths);
    for (std::int64_t step = 0; !sentences_.empty(); ++step) {
      TensorMap outputs = session_.run("decode_step", inputs_);
      choose(outputs, step);
      leave(results);
    }
    return results;
  }

 private:
  std::size_t beam() const { return static_cast<std::size_t>(options_.beam); }

  void begin(const Tensor& source, const Tensor& lengths) {
    TensorMap encoder_inputs{{"source", source}, {"source_lengths", lengths}};
    TensorMap encoded = session_.run("encode", encoder_inputs);
    std::int64_t batch = source.shape()[0];
    std::vector<std::int64_t> origin;
    for (std::int64_t s = 0; s < batch; ++s) origin.insert(origin.end(), beam(), s);
    for (const auto* names : {&constants_, &carries_})
      for (const std::string& name : *names) {
        auto found = encoded.find(name);
        const Tensor& value = found != encoded.end() ? found->second : encoder_inputs.at(name);
        inputs_[name] = beam() == 1 ? value : take_rows(value, origin);
      }
    inputs_["previous"] =
        Tensor::from(Shape{batch * options_.beam}, std::vector<std::int32_t>(origin.size(), options_.first_token));
    rows_.assign(origin.size(), Row{});
    auto length = lengths.values<std::int32_t>();
    for (std::int64_t s = 0; s < batch; ++s) {
      auto row = static_cast<std::size_t>(s);
      rows_[row * beam()].score = 0;
      sentences_.push_back({s, options_.steps > 0 ? options_.steps : 3 * length[row] + 10, {}});
    }
  }

  // From the probabilities to the next rows.
  void choose(const TensorMap& outputs, std::int64_t step) {
    const Tensor& probabilities = outputs.at("log_probabilities");
    const Tensor* looked = attention_ ? &outputs.at("attention") : nullptr;
    std::vector<std::int64_t> from(rows_.size());
    std::vector<std::int32_t> tokens(rows_.size(), options_.first_token);
    for (std::size_t r = 0; r < from.size(); ++r) from[r] = static_cast<std::int64_t>(r);
    std::vector<Row> next(rows_.size());
    for (std::size_t s = 0; s < sentences_.size(); ++s) {
      Sentence& sentence = sentences_[s];
      std::vector<Candidate> best = probabilities.dtype() == DType::float64 ? candidates<double>(probabilities, s)
                                                                            : candidates<float>(probabilities, s);
      std::size_t slot = s * beam();
      for (const Candidate& candidate : best) {
        Row row{candidate.score, add_link(candidate, looked)};
        if (candidate.token == options_.end_token) {
          finish(sentence, row, true);
        } else if (step + 1 == sentence.limit) {
          finish(sentence, row, false);
        } else {
          from[slot] = candidate.row;
          tokens[slot] = candidate.token;
          next[slot++] = row;
        }
      }
    }
    rows_ = std::move(next);
    bool same = beam() == 1;
    for (const std::string& name : carries_) {
      const Tensor& value = outputs.at(next_mark + name);
      inputs_[name] = same ? value : take_rows(value, from);
    }
    inputs_["previous"] = Tensor::from(Shape{static_cast<std::int64_t>(tokens.size())}, tokens);
  }

  // The best ways to go on for the rows of a sentence, as many as it still looks for. Of equal ones the row and the
  // token that come first.
  template <class T>
  std::vector<Candidate> candidates(const Tensor& probabilities, std::size_t s) const {
    std::size_t wanted = beam() - sentences_[s].done.size();
    auto vocabulary = static_cast<std::size_t>(probabilities.shape()[1]);
    auto all = probabilities.values<T>();
    std::vector<Candidate> best;
    for (std::size_t r = s * beam(); r < (s + 1) * beam(); ++r) {
      if (rows_[r].score == never) continue;
      for (std::size_t v = 0; v < vocabulary; ++v) {
        double score = rows_[r].score + static_cast<double>(all[r * vocabulary + v]);
        if (best.size() == wanted && !(score > best.back().score)) continue;
        auto token = static_cast<std::int32_t>(v);
        if (std::ranges::find(options_.forbidden, token) != options_.forbidden.end()) continue;
        auto place = std::ranges::find_if(best, [&](const Candidate& other) { return score > other.score; });
        best.insert(place, {score, static_cast<std::int64_t>(r), token});
        if (best.size() > wanted) best.pop_back();
      }
    }
    return best;
  }

  std::int64_t add_link(const Candidate& candidate, const Tensor* looked) {
    Link link{rows_[static_cast<std::size_t>(candidate.row)].link, candidate.token, {}};
    if (looked) {
      std::int64_t begin = candidate.row * source_length_;
      for (std::int64_t i = begin; i < begin + source_length_; ++i)
        link.attention.push_back(looked->dtype() == DType::float64
                                     ? static_cast<float>(looked->values<double>()[static_cast<std::size_t>(i)])
                                     : looked->values<float>()[static_cast<std::size_t>(i)]);
    }
    links_.push_back(std::move(link));
    return static_cast<std::int64_t>(links_.size()) - 1;
  }

  void finish(Sentence& sentence, const Row& row, bool is_complete) {
    Hypothesis hypothesis;
    hypothesis.score = row.score;
    hypothesis.is_complete = is_complete;
    std::vector<const Link*> path;
    for (std::int64_t at = row.link; at >= 0; at = links_[static_cast<std::size_t>(at)].parent)
      path.push_back(&links_[static_cast<std::size_t>(at)]);
    hypothesis.normalised = row.score / std::pow(static_cast<double>(path.size()), options_.length_normalisation);
    if (is_complete) path.erase(path.begin());
    for (auto link = path.rbegin(); link != path.rend(); ++link) {
      hypothesis.tokens.push_back((*link)->token);
      hypothesis.attention.insert(hypothesis.attention.end(), (*link)->attention.begin(), (*link)->attention.end());
    }
    sentence.done.push_back(std::move(hypothesis));
  }

  bool is_done(std::size_t s) const {
    auto first = rows_.begin() + static_cast<std::ptrdiff_t>(s * beam());
    return std::all_of(first, first + static_cast<std::ptrdiff_t>(beam()),
                       [](const Row& row) { return row.score == never; });
  }

  // Takes the sentences that are done out of the batch when they are a quarter of it.
  void leave(std::vector<std::vector<Hypothesis>>& results) {
    std::vector<std::int64_t> kept;
    std::size_t going = 0;
    for (std::size_t s = 0; s < sentences_.size(); ++s) going += is_done(s) ? 0 : 1;
    if (4 * going > 3 * sentences_.size()) return;
    std::vector<Sentence> rest;
    for (std::size_t s = 0; s < sentences_.size(); ++s) {
      Sentence& sentence = sentences_[s];
      if (is_done(s)) {
        std::ranges::stable_sort(sentence.done, std::greater<>(), &Hypothesis::normalised);
        results[static_cast<std::size_t>(sentence.index)] = std::move(sentence.done);
        continue;
      }
      for (std::size_t r = s * beam(); r < (s + 1) * beam(); ++r) kept.push_back(static_cast<std::int64_t>(r));
      rest.push_back(std::move(sentence));
    }
    sentences_ = std::move(rest);
    std::vector<Row> rows;
    for (std::int64_t r : kept) rows.push_back(rows_[static_cast<std::size_t>(r)]);
    rows_ = std::move(rows);
    for (auto& [name, value] : inputs_) value = take_rows(value, kept);
  }

  Session& session_;
  const std::vector<std::string>&constants_, &carries_;
  bool attention_;
  const DecodeOptions& options_;
  std::int64_t source_length_ = 0;
  TensorMap inputs_;
  std::vector<Sentence> sentences_;
  std::vector<Row> rows_;
  std::vector<Link> links_;
};

bool gives(const Graph& graph, std::string_view name) {
  return std::ranges::any_of(graph.outputs(), [&](const NamedValue& output) { return output.name == name; });
}

bool takes(const Graph& graph, std::string_view name) {
  return std::ranges::any_of(graph.inputs(), [&](const Value& input) { return input.node().name == name; });
}

const Graph& function_named(const Module& module, const char* name) {
  const Graph* graph = module.find_function(name);
  require(graph != nullptr, Fault::input, "the module has no function ", name, "; translating needs encode and ",
          "decode_step");
  return *graph;
}

}  // namespace

Decoder::Decoder(Session& session) : session_(session) {
  const Graph& encode = function_named(session.module(), "encode");
  const Graph& step = function_named(session.module(), "decode_step");
  for (const char* name : {"source", "source_lengths"})
    require(takes(encode, name), Fault::input, "encode has no input ", name);
  require(takes(step, "previous"), Fault::input, "decode_step has no input previous");
  require(gives(step, "log_probabilities"), Fault::input, "decode_step has no output log_probabilities");
  for (const Value& input : step.inputs()) {
    const std::string& name = input.node().name;
    if (name == "previous") continue;
    require(gives(encode, name) || takes(encode, name), Fault::input, "the input ", name,
            " of decode_step is neither previous nor an input or output of encode");
    (gives(step, next_mark + name) ? carries_ : constants_).push_back(name);
  }
  has_attention_ = gives(step, "attention");
}

std::vector<std::vector<Hypothesis>> Decoder::decode(const Tensor& source, const Tensor& source_lengths,
                                                     const DecodeOptions& options) {
  require(options.beam >= 1, Fault::usage, "beam is ", options.beam, " but at least 1 is needed");
  require(source.rank() == 2 && source_lengths.shape() == Shape{source.shape()[0]}, Fault::usage,
          "decode needs source [batch, source_length] and source_lengths [batch], not ", shape_text(source.shape()),
          " and ", shape_text(source_lengths.shape()));
  return Search(session_, constants_, carries_, options.attention && has_attention_, options)
      .run(source, source_lengths);
}

}  // namespace gradloom
