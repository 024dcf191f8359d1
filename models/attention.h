// Attention: a query looks at all encoder states, weighs them by a score, and gets their weighted sum, the context.
#pragma once

#include <string>
#include <string_view>

#include "models/parameters.h"
#include "ops/ops.h"

namespace gradloom {

enum class AttentionKind { none, dot, general, additive, scaled };

/// "none", "dot", "general", "additive", "scaled".
std::string_view name_of(AttentionKind kind);
/// A UserError with a suggestion for other names.
AttentionKind attention_named(std::string_view name);

/// The context and what each source position weighed in it.
struct Attended {
  Value context;  ///< [batch, state]
  Value weights;  ///< [batch, source_length], 0 at padding; the mean over heads
};

/// Scores of a query q [batch, state] against encoder states s [batch, source_length, state]:
///
///   dot        q . s                               (Luong et al. 2015, eq. 8)
///   general    q . (W s)                           (the same)
///   additive   v . tanh(W1 q + W2 s)               (Bahdanau et al. 2015, appendix A.1.2)
///   scaled     heads of (Wq q) . (Wk s) / sqrt(d), values Wv s, joined by Wo   (Vaswani et al. 2017, section 3.2)
class Attention {
 public:
  Attention(const Parameters& parameters, AttentionKind kind, std::int64_t state_size, std::int64_t heads = 1);

  /// What of the encoder states does not depend on the query, [batch, source_length, ...]: computed once a sentence.
  /// For dot it is the states themselves.
  Value keys(Value encoder_states) const;
  /// mask: bool [batch, source_length], true at real words.
  Attended operator()(Value query, Value encoder_states, Value keys, Value mask) const;

  AttentionKind kind() const { return kind_; }
  bool has_keys() const { return kind_ != AttentionKind::dot; }

 private:
  Value scores(Value query, Value keys) const;
  Attended attend_heads(Value query, Value encoder_states, Value keys, Value mask) const;

  AttentionKind kind_;
  std::int64_t state_size_, heads_;
  std::string query_weight_, key_weight_, value_weight_, output_weight_, score_weight_;
};

}  // namespace gradloom
