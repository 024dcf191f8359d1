// Computes once what is written more than once: equal operations on equal inputs, and equal constants.
#include <map>

#include "runtime/passes.h"
#include "runtime/passes/interner.h"
#include "runtime/passes/rewriter.h"

namespace gradloom {

namespace {

class Sharer : public Rewriter {
 public:
  std::int64_t shared() const {
    std::int64_t count = 0;
    for (const auto& [graph, interner] : interners_) count += interner.shared();
    return count;
  }

 protected:
  void begin(const Graph&, Graph& target) override { interners_.emplace(&target, Interner(target)); }
  Values replace(const Graph&, std::int32_t, Node node, Graph& target) override {
    return interners_.at(&target).append(node);
  }
  Value replace_constant(const Node& node, Graph& target) override {
    return interners_.at(&target).append_constant(node);
  }

 private:
  std::map<const Graph*, Interner> interners_;
};

}  // namespace

PassResult share_equal(std::unique_ptr<Module>& module, std::string_view function) {
  Sharer sharer;
  auto result = sharer.run(*module, function);
  if (sharer.shared() == 0) return {};
  module = std::move(result);
  return {sharer.shared(), "shared " + count_text(sharer.shared(), "node")};
}

}  // namespace gradloom
