// The small layers: embedding, feed-forward, concatenation.
#pragma once

#include <string>

#include "models/parameters.h"
#include "ops/ops.h"

namespace gradloom {

/// A row of a table [vocabulary, size] for each id.
class Embedding {
 public:
  Embedding(const Parameters& parameters, std::int64_t vocabulary, std::int64_t size);
  /// ids: integers of any shape; the result has a new last axis [size].
  Value operator()(Value ids) const;
  const std::string& table() const { return table_; }

 private:
  std::string table_;
};

enum class Activation { none, tanh, relu };

/// activation(W x + b), W [out, in].
class FeedForward {
 public:
  FeedForward(const Parameters& parameters, std::int64_t in, std::int64_t out, Activation activation);
  /// With a weight [out, in] that another layer has declared, an embedding's table say.
  FeedForward(const Parameters& parameters, std::string weight, std::int64_t out, Activation activation);
  Value operator()(Value x) const;

 private:
  std::string weight_, bias_;
  Activation activation_;
};

/// The parts side by side on the last axis: `[h ; a]`.
Value concatenation(Values parts);

}  // namespace gradloom
