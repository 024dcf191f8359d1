// The translator: an encoder RNN, a decoder RNN declared one time step at a time, and attention between them (or, in
// the traditional model, only the encoder's last state). Functions are batch-major at the border, as DESIGN fixed them.
#pragma once

#include <optional>

#include "models/attention.h"
#include "models/feed_forward.h"
#include "models/recurrent.h"

namespace gradloom {

/// Whose vectors stand for words: each its own; the target's embedding is the output layer's weight too; or one table
/// for all three (Press and Wolf 2017).
enum class Tying { none, target, all };

/// "none", "target", "all".
std::string_view name_of(Tying tying);
/// A UserError with a suggestion for other names.
Tying tying_named(std::string_view name);

struct SequenceToSequenceConfig {
  AttentionKind attention = AttentionKind::dot;
  CellKind cell = CellKind::gru;
  std::int64_t embedding = 256;
  std::int64_t hidden = 256;
  std::int64_t layers = 1;
  std::int64_t heads = 1;  ///< of the scaled score
  std::int64_t source_vocabulary = 8000;
  std::int64_t target_vocabulary = 8000;
  bool bidirectional = false;
  bool input_feeding = false;  ///< the last attentional vector joins the next input (Luong et al. 2015, section 3.3)
  Tying tying = Tying::none;   ///< needs embedding = hidden; all: one vocabulary for both languages
  DType dtype = DType::float32;
};

/// Dropout and label smoothing: of training only.
struct Regularization {
  Dropout embedding = {};  ///< of the vectors of words, on both sides
  Dropout layers = {};     ///< between recurrent layers
  Dropout output = {};     ///< in front of the output layer
  double label_smoothing = 0;
};

class SequenceToSequence {
 public:
  /// Declares the parameters. A UserError names a size that cannot be.
  SequenceToSequence(Module& module, const SequenceToSequenceConfig& config);

  struct Losses {
    Value loss;  ///< mean over real target tokens
    Value loss_sum;
    Value tokens;     ///< int64
    Value attention;  ///< [batch, target_length, source_length]; none for the traditional model
  };
  /// Declares the inputs source, source_lengths, target_in, target_out, target_lengths in `graph`, and the loss.
  Losses declare_losses(Graph& graph, const Regularization& regularization = {}) const;
  /// Names them as outputs of the function.
  static void declare_outputs(Graph& graph, const Losses& losses);

  /// The function `loss`.
  void declare_loss() const;
  /// The functions `encode` and `decode_step`.
  void declare_decoding() const;

  const SequenceToSequenceConfig& config() const { return config_; }
  Module& module() const { return module_; }

 private:
  struct Encoded {
    Value states;    // [batch, source_length, hidden]; none without attention
    Value keys;      // none when they are the states
    Values carries;  // the decoder's first: for each layer h (and c), then the fed vector
  };
  struct Decoded {
    Values carries;
    Value logits;     // [batch, vocabulary]
    Value attention;  // [batch, source_length] or none
  };
  Encoded encode(Value source, Value source_lengths, const Regularization& regularization) const;
  Decoded decode(Value previous, const Values& carries, const Encoded& encoded, Value mask,
                 const Regularization& regularization) const;
  bool has_attention() const { return attention_.has_value(); }
  std::size_t states_per_layer() const { return config_.cell == CellKind::lstm ? 2 : 1; }

  Module& module_;
  SequenceToSequenceConfig config_;
  Embedding source_embedding_, target_embedding_;
  RecurrentLayers encoder_;
  std::vector<Cell> decoder_;
  std::optional<Attention> attention_;
  std::optional<FeedForward> combine_;
  FeedForward output_;
};

}  // namespace gradloom
