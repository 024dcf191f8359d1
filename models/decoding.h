// Greedy and beam search over a module's functions `encode` and `decode_step`. Only names decide: an output next_x
// feeds the input x, and inputs without a next_ stay what encode gave; so any model with such functions can be
// searched.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/session.h"
#include "text/ids.h"

namespace gradloom {

struct DecodeOptions {
  std::int64_t beam = 1;  ///< hypotheses kept at each step; 1: greedy
  /// Hypotheses are compared by score / length^a, the end token counted (Wu et al. 2016, section 7, simplified).
  double length_normalisation = 1;
  std::int32_t first_token = end_id;
  std::int32_t end_token = end_id;                     ///< negative: none ends a sentence
  std::vector<std::int32_t> forbidden = {padding_id};  ///< never chosen
  std::int64_t steps = 0;                              ///< at most; 0: three times the source's length and ten more
  bool attention = false;                              ///< also what each target token looked at
};

struct Hypothesis {
  std::vector<std::int32_t> tokens;  ///< without the end token
  double score = 0;                  ///< sum of the log probabilities, that of the end token included
  double normalised = 0;
  bool is_complete = false;      ///< the end token came within the limit
  std::vector<float> attention;  ///< [tokens, source_length] when asked for and the model has it
};

class Decoder {
 public:
  /// A UserError (Fault::input) when the module lacks one of the functions or their names do not fit together.
  explicit Decoder(Session& session);

  /// The hypotheses of each row of source, int32 [batch, source_length] with lengths int32 [batch]; the best first, at
  /// most `beam`.
  std::vector<std::vector<Hypothesis>> decode(const Tensor& source, const Tensor& source_lengths,
                                              const DecodeOptions& options = {});
  bool has_attention() const { return attention_.has_value(); }

 private:
  class Search;
  /// An input of decode_step, and where its first value comes from: an output of encode or one of the caller's inputs.
  struct Fed {
    std::size_t input = 0;
    std::optional<std::size_t> encoded;  ///< the output of encode; none: the input of that name
    std::string name;
    std::optional<std::size_t> next;  ///< the output that feeds it after each step; none: it stays
  };

  std::shared_ptr<Session::Call> encode_, step_;
  std::vector<Fed> fed_;
  std::size_t previous_ = 0, log_probabilities_ = 0;
  std::optional<std::size_t> attention_;
};

}  // namespace gradloom
