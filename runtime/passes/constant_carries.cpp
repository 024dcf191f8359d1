// constant_carries: a carry that each step returns as it came is a constant of the loop.
#include "runtime/passes.h"
#include "runtime/passes/loop_edit.h"
#include "runtime/passes/rewriter.h"

namespace gradloom {

namespace {

class ConstantCarries : public Rewriter {
 public:
  std::int64_t found() const { return found_; }

 protected:
  Values replace(const Graph&, std::int32_t, Node node, Graph& target) override {
    if (node.op != &scan_op) return append_node(node, target);
    LoopEdit loop(target, node);
    const ScanView& scan = loop.scan();
    std::vector<std::size_t> staying;
    for (std::size_t i = 0; i < scan.num_carries(); ++i) {
      if (scan.next_carry(i) == scan.body_carry(i))
        loop.set_outside(scan.body_carry(i), {scan.carry(i), false});
      else
        staying.push_back(i);
    }
    if (staying.size() == scan.num_carries()) return append_node(node, target);
    found_ += static_cast<std::int64_t>(scan.num_carries() - staying.size());
    Values stacked;
    for (std::size_t i = 0; i < scan.num_outputs(); ++i)
      if (!loop.is_outside(scan.body_output(i))) stacked.push_back(scan.body_output(i));
    Values last = loop.rebuild(staying, stacked), results;
    for (std::size_t i = 0, k = 0; i < scan.num_carries(); ++i)
      results.push_back(k < staying.size() && staying[k] == i ? last[k++] : scan.carry(i));
    std::size_t k = 0;
    for (std::size_t i = 0; i < scan.num_outputs(); ++i) {
      bool from_loop = k < stacked.size() && stacked[k] == scan.body_output(i);
      results.push_back(from_loop ? loop.outside(stacked[k++]).value : loop.output_from_outside(i));
    }
    return results;
  }

 private:
  std::int64_t found_ = 0;
};

}  // namespace

PassResult constant_carries(std::unique_ptr<Module>& module, std::string_view function) {
  ConstantCarries pass;
  auto rewritten = pass.run(*module, function);
  if (pass.found() == 0) return {};
  module = std::move(rewritten);
  return {pass.found(), concat_text("made ", count_text(pass.found(), "carry"), " constant")};
}

}  // namespace gradloom
