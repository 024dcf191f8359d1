// Products of labelled axes: dot_general without counting axes, for its own rules and for sugar.
#pragma once

#include <vector>

#include "graph/graph.h"

namespace gradloom {

class Kernel;

/// One label an axis; equal labels are the same axis.
using Labels = std::vector<int>;

struct Labelled {
  Value value;
  Labels labels;
};

/// The sum of a * b over the labels that both have and `result` has not, as one dot_general; labels of all three are
/// batch axes. A label of one operand only must be in `result`. The operands are swapped, and a transposition added,
/// where the order of `result` asks for it.
Value labelled_product(const Labelled& a, const Labelled& b, const Labels& result);

/// A host that, in a loop, has memory of a node's own that keeps what was written to it from step to step.
class KeepingHost {
 public:
  virtual ~KeepingHost() = default;
  struct Kept {
    void* memory = nullptr;  ///< null: there is none for the node
    bool is_filled = false;  ///< by an earlier step
  };
  virtual Kept kept() = 0;
};

/// The kernel of dot_general. This and the others of products keep operand b in the form in which it is multiplied,
/// where the host has memory for that.
void product_kernel(const Kernel& k);
/// The bytes of that form; 0 when the product reads b as it is.
std::size_t kept_bytes_of_product(const Kernel& k);
/// a, b, active and perhaps bias: rows of a that the mask leaves out are not computed; runtime/product_ops.h says
/// what becomes of them.
void active_product_kernel(const Kernel& k);
/// a, b and perhaps active -> the product summed over the first axes of both, and the sums of a over them.
void product_with_sums_kernel(const Kernel& k);
/// a, b, bias: a product without batch axes, and numbers added to the free axes of b.
void biased_product_kernel(const Kernel& k);

}  // namespace gradloom
