// One search for greedy and beam: every sentence has `beam` rows of the batch, of which those that are done or not yet
// in use are computed along and ignored; sentences that are done leave the batch when a quarter of it is.
#include "models/decoding.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/error.h"
#include "tensor/simd.h"

namespace gradloom {

namespace {

constexpr double never = -std::numeric_limits<double>::infinity();
constexpr const char* next_mark = "next_";

// Words whose greatest probability is looked at first.
constexpr std::int64_t words_at_once = 64;

// Rows of a tensor in another order; a row may be taken several times.
void copy_rows(const void* from, std::size_t row_bytes, const std::vector<std::int64_t>& rows, void* to) {
  for (std::size_t i = 0; i < rows.size() && row_bytes > 0; ++i)
    std::memcpy(static_cast<std::byte*>(to) + i * row_bytes,
                static_cast<const std::byte*>(from) + static_cast<std::size_t>(rows[i]) * row_bytes, row_bytes);
}

std::size_t row_bytes_of(const TensorView& view) {
  return view.shape[0] == 0 ? 0 : view.bytes() / static_cast<std::size_t>(view.shape[0]);
}

Tensor taken_rows(const TensorView& from, const std::vector<std::int64_t>& rows) {
  Shape shape = from.shape;
  shape[0] = static_cast<std::int64_t>(rows.size());
  Tensor result(from.dtype, std::move(shape));
  copy_rows(from.data, row_bytes_of(from), rows, result.mutable_data());
  return result;
}

// A token of a hypothesis, and the one before it; the search makes a tree of them.
struct Link {
  std::int64_t parent = -1;
  std::int32_t token = 0;
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

}  // namespace

// The rows' states live in the inputs of decode_step: a step copies them there from its outputs and allocates nothing.
class Decoder::Search {
 public:
  Search(Decoder& decoder, const DecodeOptions& options)
      : decoder_(decoder), step_(*decoder.step_), options_(options), looks_(options.attention && decoder.attention_) {}

  std::vector<std::vector<Hypothesis>> run(const Tensor& source, const Tensor& lengths) {
    std::int64_t batch = source.shape()[0];
    source_length_ = source.shape()[1];
    std::vector<std::vector<Hypothesis>> results(static_cast<std::size_t>(batch));
    if (batch == 0) return results;
    begin(source, lengths);
    for (std::int64_t step = 0; !sentences_.empty(); ++step) {
      step_.run();
      choose(step);
      leave(results);
    }
    return results;
  }

 private:
  std::size_t beam() const { return static_cast<std::size_t>(options_.beam); }

  void begin(const Tensor& source, const Tensor& lengths) {
    Session::Call& encode = *decoder_.encode_;
    encode.set_input(encode.input_index("source"), source);
    encode.set_input(encode.input_index("source_lengths"), lengths);
    encode.run();
    std::int64_t batch = source.shape()[0], longest = options_.steps;
    std::vector<std::int64_t> origin;
    for (std::int64_t s = 0; s < batch; ++s) origin.insert(origin.end(), beam(), s);
    for (const Fed& fed : decoder_.fed_) {
      TensorView value = fed.encoded ? encode.output(*fed.encoded) : (fed.name == "source" ? source : lengths).view();
      step_.set_input(fed.input, taken_rows(value, origin));
      row_bytes_.push_back(row_bytes_of(value));
    }
    tokens_.assign(origin.size(), options_.first_token);
    step_.set_input(decoder_.previous_, Tensor::from(Shape{batch * options_.beam}, tokens_));
    rows_.assign(origin.size(), Row{});
    auto length = lengths.values<std::int32_t>();
    for (std::int64_t s = 0; s < batch; ++s) {
      auto row = static_cast<std::size_t>(s);
      rows_[row * beam()].score = 0;
      std::int64_t limit = options_.steps > 0 ? options_.steps : 3 * length[row] + 10;
      longest = std::max(longest, limit);
      sentences_.push_back({s, limit, {}});
    }
    // The memory is touched as it is used: most sentences end long before their limits.
    std::size_t most_links = static_cast<std::size_t>(longest) * origin.size();
    links_.reserve(most_links);
    if (looks_) attention_of_links_.reserve(most_links * static_cast<std::size_t>(source_length_));
    best_.reserve(beam() + 1);
  }

  // From the probabilities to the next rows.
  void choose(std::int64_t step) {
    // Types and sizes are the same after every step; views would be made anew.
    if (probabilities_.data == nullptr) {
      probabilities_ = step_.output(decoder_.log_probabilities_);
      if (looks_) looked_ = step_.output(*decoder_.attention_);
    }
    probabilities_.data = const_cast<void*>(step_.output_data(decoder_.log_probabilities_));
    if (looks_) looked_.data = const_cast<void*>(step_.output_data(*decoder_.attention_));
    from_.resize(rows_.size());
    for (std::size_t r = 0; r < from_.size(); ++r) from_[r] = static_cast<std::int64_t>(r);
    tokens_.assign(rows_.size(), options_.first_token);
    next_.assign(rows_.size(), Row{});
    for (std::size_t s = 0; s < sentences_.size(); ++s) {
      Sentence& sentence = sentences_[s];
      if (probabilities_.dtype == DType::float64)
        find_candidates<double>(s);
      else
        find_candidates<float>(s);
      std::size_t slot = s * beam();
      for (const Candidate& candidate : best_) {
        Row row{candidate.score, add_link(candidate)};
        if (candidate.token == options_.end_token) {
          finish(sentence, row, true);
        } else if (step + 1 == sentence.limit) {
          finish(sentence, row, false);
        } else {
          from_[slot] = candidate.row;
          tokens_[slot] = candidate.token;
          next_[slot++] = row;
        }
      }
    }
    std::swap(rows_, next_);
    for (std::size_t i = 0; i < row_bytes_.size(); ++i)
      if (const Fed& fed = decoder_.fed_[i]; fed.next)
        copy_rows(step_.output_data(*fed.next), row_bytes_[i], from_, step_.input_data(fed.input));
    std::memcpy(step_.input_data(decoder_.previous_), tokens_.data(), tokens_.size() * sizeof(std::int32_t));
  }

  // The best ways to go on for the rows of a sentence, as many as it still looks for. Of equal ones the row and the
  // token that come first.
  template <class T>
  void find_candidates(std::size_t s) {
    std::size_t wanted = beam() - sentences_[s].done.size();
    std::int64_t vocabulary = probabilities_.shape[1];
    best_.clear();
    for (std::size_t r = s * beam(); r < (s + 1) * beam(); ++r) {
      if (rows_[r].score == never) continue;
      const T* row = static_cast<const T*>(probabilities_.data) + static_cast<std::int64_t>(r) * vocabulary;
      for (std::int64_t begin = 0; begin < vocabulary; begin += words_at_once) {
        std::int64_t count = std::min(words_at_once, vocabulary - begin);
        // Most words are too improbable to be looked at one by one.
        double most = rows_[r].score + static_cast<double>(simd::tiles<T>().max(row + begin, count));
        if (best_.size() == wanted && most <= best_.back().score) continue;
        for (std::int64_t v = begin; v < begin + count; ++v)
          consider({rows_[r].score + static_cast<double>(row[v]), static_cast<std::int64_t>(r),
                    static_cast<std::int32_t>(v)},
                   wanted);
      }
    }
  }

  void consider(const Candidate& candidate, std::size_t wanted) {
    if (best_.size() == wanted && !(candidate.score > best_.back().score)) return;
    if (std::ranges::find(options_.forbidden, candidate.token) != options_.forbidden.end()) return;
    auto place = std::ranges::find_if(best_, [&](const Candidate& other) { return candidate.score > other.score; });
    best_.insert(place, candidate);
    if (best_.size() > wanted) best_.pop_back();
  }

  std::int64_t add_link(const Candidate& candidate) {
    links_.push_back({rows_[static_cast<std::size_t>(candidate.row)].link, candidate.token});
    if (looks_) {
      std::int64_t begin = candidate.row * source_length_;
      for (std::int64_t i = begin; i < begin + source_length_; ++i)
        attention_of_links_.push_back(looked_.dtype == DType::float64
                                          ? static_cast<float>(static_cast<const double*>(looked_.data)[i])
                                          : static_cast<const float*>(looked_.data)[i]);
    }
    return static_cast<std::int64_t>(links_.size()) - 1;
  }

  void finish(Sentence& sentence, const Row& row, bool is_complete) {
    Hypothesis hypothesis;
    hypothesis.score = row.score;
    hypothesis.is_complete = is_complete;
    std::vector<std::size_t> path;
    for (std::int64_t at = row.link; at >= 0; at = links_[path.back()].parent)
      path.push_back(static_cast<std::size_t>(at));
    hypothesis.normalised = row.score / std::pow(static_cast<double>(path.size()), options_.length_normalisation);
    if (is_complete) path.erase(path.begin());
    hypothesis.tokens.reserve(path.size());
    for (auto link = path.rbegin(); link != path.rend(); ++link) {
      hypothesis.tokens.push_back(links_[*link].token);
      if (!looks_) continue;
      auto looked = attention_of_links_.begin() + static_cast<std::ptrdiff_t>(*link) * source_length_;
      hypothesis.attention.insert(hypothesis.attention.end(), looked, looked + source_length_);
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
    if (kept.empty()) return;
    for (const Fed& fed : decoder_.fed_) step_.set_input(fed.input, taken_rows(step_.input(fed.input), kept));
    step_.set_input(decoder_.previous_, taken_rows(step_.input(decoder_.previous_), kept));
  }

  Decoder& decoder_;
  Session::Call& step_;
  const DecodeOptions& options_;
  bool looks_;
  std::int64_t source_length_ = 0;
  std::vector<Sentence> sentences_;
  std::vector<Row> rows_;
  std::vector<Link> links_;
  std::vector<float> attention_of_links_;  // [links, source_length] when asked for
  std::vector<std::size_t> row_bytes_;     // of each input of decode_step that is fed
  // Of one step, kept for the next:
  std::vector<Row> next_;
  std::vector<std::int64_t> from_;
  std::vector<std::int32_t> tokens_;
  std::vector<Candidate> best_;
  TensorView probabilities_{}, looked_{};
};

namespace {

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

Decoder::Decoder(Session& session) {
  const Graph& encode = function_named(session.module(), "encode");
  const Graph& step = function_named(session.module(), "decode_step");
  for (const char* name : {"source", "source_lengths"})
    require(takes(encode, name), Fault::input, "encode has no input ", name);
  require(takes(step, "previous"), Fault::input, "decode_step has no input previous");
  require(gives(step, "log_probabilities"), Fault::input, "decode_step has no output log_probabilities");
  for (const Value& input : step.inputs()) {
    const std::string& name = input.node().name;
    require(name == "previous" || gives(encode, name) || takes(encode, name), Fault::input, "the input ", name,
            " of decode_step is neither previous nor an input or output of encode");
  }
  encode_ = session.prepare("encode");
  step_ = session.prepare("decode_step");
  for (const Value& input : step.inputs()) {
    const std::string& name = input.node().name;
    if (name == "previous") continue;
    Fed fed{step_->input_index(name), {}, name, {}};
    if (gives(encode, name)) fed.encoded = encode_->output_index(name);
    if (gives(step, next_mark + name)) fed.next = step_->output_index(next_mark + name);
    fed_.push_back(std::move(fed));
  }
  previous_ = step_->input_index("previous");
  log_probabilities_ = step_->output_index("log_probabilities");
  if (gives(step, "attention")) attention_ = step_->output_index("attention");
}

std::vector<std::vector<Hypothesis>> Decoder::decode(const Tensor& source, const Tensor& source_lengths,
                                                     const DecodeOptions& options) {
  require(options.beam >= 1, Fault::usage, "beam is ", options.beam, " but at least 1 is needed");
  require(source.rank() == 2 && source_lengths.shape() == Shape{source.shape()[0]}, Fault::usage,
          "decode needs source [batch, source_length] and source_lengths [batch], not ", shape_text(source.shape()),
          " and ", shape_text(source_lengths.shape()));
  return Search(*this, options).run(source, source_lengths);
}

}  // namespace gradloom
