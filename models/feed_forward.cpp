// Embedding, feed-forward and concatenation as graph code.
#include "models/feed_forward.h"

namespace gradloom {

Embedding::Embedding(const Parameters& parameters, std::int64_t vocabulary, std::int64_t size)
    : table_(parameters.declare("table", {vocabulary, size}, normal_fill(0, 0.1))) {}

Value Embedding::operator()(Value ids) const {
  Scope scope(ids.graph(), "embedding");
  return gather(ids.graph().variable(table_), ids);
}

FeedForward::FeedForward(const Parameters& parameters, std::int64_t in, std::int64_t out, Activation activation)
    : weight_(parameters.weight("weight", out, in)), bias_(parameters.bias("bias", out)), activation_(activation) {}

FeedForward::FeedForward(const Parameters& parameters, std::string weight, std::int64_t out, Activation activation)
    : weight_(std::move(weight)), bias_(parameters.bias("bias", out)), activation_(activation) {}

Value FeedForward::operator()(Value x) const {
  Scope scope(x.graph(), "feed_forward");
  Value y = linear(x, x.graph().variable(weight_), x.graph().variable(bias_));
  switch (activation_) {
    case Activation::tanh:
      return tanh(y);
    case Activation::relu:
      return relu(y);
    case Activation::none:
      break;
  }
  return y;
}

Value concatenation(Values parts) {
  Scope scope(parts.at(0).graph(), "concatenation");
  return concat(std::move(parts), -1);
}

}  // namespace gradloom
