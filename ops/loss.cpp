// Cross-entropy of logits against class indices, and its gradient as an operation of its own, so that no one-hot matrix
// of rows by classes is ever made; against probabilities, and with weights, as graph code.
#include "ops/loss.h"

#include <algorithm>
#include <cmath>

#include "ops/elementwise.h"
#include "ops/families.h"
#include "ops/ops.h"
#include "ops/reduction.h"
#include "ops/rows.h"
#include "ops/sugar.h"
#include "tensor/simd.h"

namespace gradloom {

namespace {

constexpr AttributeDef smoothing_attribute{"label_smoothing", AttributeKind::real, "0",
                                           "the share of the target's probability that all classes get equally"};
constexpr AttributeDef ignored_attribute{"ignored", AttributeKind::integer, "none",
                                         "rows with this target count nothing"};

void check_smoothing(const Infer& i, double smoothing) {
  i.require(smoothing >= 0 && smoothing < 1, "label_smoothing is ", smoothing, " but must be in [0, 1)");
}

// logits [..., classes], targets [...]
void check_rows(const Infer& i) {
  i.require_float(0);
  i.require_index(1);
  i.require(i.rank(0) >= 1, "logits have no axis of classes");
  Dims rows(i.shape(0).begin(), i.shape(0).end() - 1);
  i.require(i.shape(1) == rows, "logits have rows ", dims_text(rows), " but targets are ", dims_text(i.shape(1)));
  check_smoothing(i, i.attribute<double>("label_smoothing"));
}

// A row's class, or -1 when the row is ignored.
class Targets {
 public:
  explicit Targets(const Kernel& k) : k_(k), classes_(k.input(0).shape.back()) {
    if (const Attribute* ignored = k.node().attributes.find("ignored")) ignored_ = std::get<std::int64_t>(*ignored);
  }
  std::int64_t rows() const { return k_.input(1).size(); }
  std::int64_t classes() const { return classes_; }
  std::int64_t of_row(std::int64_t row) const {
    const TensorView& targets = k_.input(1);
    auto at = static_cast<std::size_t>(row);
    std::int64_t target =
        targets.dtype == DType::int32 ? targets.as<std::int32_t>()[at] : targets.as<std::int64_t>()[at];
    if (ignored_ && target == *ignored_) return -1;
    std::int64_t place = target < 0 ? target + classes_ : target;
    if (place < 0 || place >= classes_)
      k_.fail("target ", target, " at ", position_text(targets.shape, row), " is outside of the ", classes_,
              " classes");
    return place;
  }

 private:
  const Kernel& k_;
  std::int64_t classes_;
  std::optional<std::int64_t> ignored_;
};

// -sum of q * log softmax(x), where q is 1 - smoothing at the target plus smoothing / classes everywhere; x's average
// matters with smoothing only.
template <class T>
T loss_of(T normaliser, T at_target, double smoothing, double average) {
  double loss = static_cast<double>(normaliser) - static_cast<double>(at_target);
  if (smoothing == 0) return static_cast<T>(loss);
  return static_cast<T>((1 - smoothing) * loss + smoothing * (static_cast<double>(normaliser) - average));
}

template <class T>
double average_of(const T* x, std::int64_t classes, double smoothing) {
  return smoothing == 0 ? 0 : simd::tiles<T>().sum(x, classes) / static_cast<double>(classes);
}

template <class T>
T row_loss(const T* x, std::int64_t classes, std::int64_t target, double smoothing) {
  return loss_of(simd::tiles<T>().log_sum_exp(x, classes), x[target], smoothing, average_of(x, classes, smoothing));
}

// dx, which holds dy * softmax(x), becomes dy * (softmax(x) - q); at_target is the softmax there.
template <class T>
void subtract_target(T* dx, std::int64_t classes, std::int64_t target, double smoothing, T dy, T at_target) {
  const T everywhere = static_cast<T>(smoothing / static_cast<double>(classes));
  if (smoothing != 0)
    for (std::int64_t i = 0; i < classes; ++i) dx[i] -= dy * everywhere;
  // Once more with the target's own share, since adding to a rounded product loses digits.
  const T share = static_cast<T>(1 - smoothing) + everywhere;
  dx[target] = dy * (at_target - share);
}

template <class T>
void row_gradient(const T* x, T* dx, std::int64_t classes, std::int64_t target, double smoothing, T dy) {
  const simd::Tiles<T>& tiles = simd::tiles<T>();
  const T normaliser = tiles.log_sum_exp(x, classes);
  const T at_target = std::exp(x[target] - normaliser);  // first: dx may lie where x does
  tiles.scaled_exp(x, normaliser, dy, dx, classes);
  subtract_target(dx, classes, target, smoothing, dy, at_target);
}

// Both at once: each power is computed a single time. dx may lie where x does.
template <class T>
T row_loss_and_gradient(const T* x, T* dx, std::int64_t classes, std::int64_t target, double smoothing, T dy) {
  const simd::Tiles<T>& tiles = simd::tiles<T>();
  const T most = tiles.max(x, classes);
  if (!std::isfinite(most)) {
    T loss = row_loss(x, classes, target, smoothing);
    row_gradient(x, dx, classes, target, smoothing, dy);
    return loss;
  }
  const double average = average_of(x, classes, smoothing);
  const T at_target = x[target];
  const double total = tiles.powers(x, most, dx, classes);
  const T normaliser = static_cast<T>(static_cast<double>(most) + std::log(total));
  const T factor = static_cast<T>(static_cast<double>(dy) / total);
  simd::binary(simd::BinaryFunction::mul, simd::Operands::vector_scalar, dx, &factor, dx, classes);
  subtract_target(dx, classes, target, smoothing, dy, std::exp(at_target - normaliser));
  return loss_of(normaliser, at_target, smoothing, average);
}

// The losses of rows that the mask does not leave out, and with dy the gradients of all.
void run_losses(const Kernel& k, const TensorView* dy, const TensorView* active) {
  Targets targets(k);
  double smoothing = k.attribute<double>("label_smoothing");
  std::int64_t classes = targets.classes();
  visit_float(k.output().dtype, [&]<class T>() {
    const T* x = k.input(0).as<T>().data();
    T* losses = k.output().as<T>().data();
    T* gradients = dy != nullptr ? k.output(1).as<T>().data() : nullptr;
    const T* weights = dy != nullptr ? dy->as<T>().data() : nullptr;
    const bool* mask = active != nullptr ? active->as<bool>().data() : nullptr;
    for_each_row(k, targets.rows(), classes, [&](std::int64_t row) {
      const bool counts = mask == nullptr || mask[row], flows = dy != nullptr && weights[row] != 0;
      const std::int64_t target = counts || flows ? targets.of_row(row) : -1;
      const T* from = x + row * classes;
      T* to = dy != nullptr ? gradients + row * classes : nullptr;
      T loss{0};
      if (target >= 0 && counts && flows)
        loss = row_loss_and_gradient(from, to, classes, target, smoothing, weights[row]);
      else if (target >= 0 && flows)
        row_gradient(from, to, classes, target, smoothing, weights[row]);
      else if (target >= 0)
        loss = row_loss(from, classes, target, smoothing);
      if (dy != nullptr && (target < 0 || !flows)) std::fill_n(to, classes, T{0});
      losses[row] = loss;
    });
  });
}

void cross_entropy_kernel(const Kernel& k) { run_losses(k, nullptr, nullptr); }

Dims with_size(const Dims& shape, const Dim& size) {
  Dims result = shape;
  result.insert(result.begin(), size);
  return result;
}

// Every input with the new axis: rows of the batch go together.
Values row_batching(const Batching& b) {
  Values inputs;
  for (std::size_t i = 0; i < b.num_inputs(); ++i)
    inputs.push_back(b.batched(i) ? b.input(i) : broadcast_to(b.input(i), with_size(b.slice_type(i).shape, b.size())));
  return b.graph().apply(b.op(), std::move(inputs), b.node().attributes);
}

Value cross_entropy_gradient(const Backward& like, Value logits, Value targets, Value dy);

constexpr OpDef cross_entropy_op{
    .name = "cross_entropy",
    .summary = "-log softmax(logits)[target] of each row",
    .doc =
        "logits [..., classes], targets integers [...], result [...]. With label smoothing s the target distribution "
        "is q = (1 - s) at the target plus s / classes everywhere, and the result -sum(q * log softmax(logits)) "
        "(Szegedy et al. 2016, section 7). Negative targets count from the end; rows whose target is `ignored` give "
        "0 and have gradient 0; any other target is an error. dlogits = dy * (softmax(logits) - q). The function of "
        "this name also takes probabilities [..., classes] for targets, and weights w [classes]: then the result is "
        "-sum(w * q * log softmax(logits)), made of log_softmax and gather, with gradients of targets and weights.",
    .inputs = {"logits", "targets"},
    .attributes = {smoothing_attribute, ignored_attribute},
    .traits = Trait::can_fail,
    .shape = [](const Infer& i) -> Types {
      check_rows(i);
      return {{i.dtype(0), i.shape(1)}};
    },
    .kernel = cross_entropy_kernel,
    .gradient = [](const Backward& b) -> Values {
      return {cross_entropy_gradient(b, b.input(0), b.input(1), b.out_grad()), Value()};
    },
    .batching = row_batching,
};

// With p = softmax(logits), z the gradient of the result and m the rows that are not ignored:
// ddy = sum(z * (p - q)), dlogits = m * dy * p * (z - sum(z * p)).
Values second_gradient(const Backward& b) {
  Value logits = b.input(0), targets = b.input(1), dy = b.input(2), z = b.out_grad();
  Values result(3);
  if (b.wants(0)) {
    Value weight = dy;
    if (const Attribute* ignored = b.node().attributes.find("ignored")) {
      Value active = not_equal(targets, scalar_like(targets, static_cast<double>(std::get<std::int64_t>(*ignored))));
      weight = where(active, dy, scalar_like(dy, 0));
    }
    Value p = softmax(logits);
    result[0] = expand_dims(weight, {-1}) * (p * (z - sum(z * p, {-1}, true)));
  }
  if (b.wants(2)) {
    Value ones = broadcast_to(scalar_like(dy, 1), dy.shape());
    result[2] = sum(z * cross_entropy_gradient(b, logits, targets, ones), {-1});
  }
  return result;
}

constexpr OpDef cross_entropy_gradient_op{
    .name = "cross_entropy_gradient",
    .summary = "dy * (softmax(logits) - q): the gradient of cross_entropy",
    .doc =
        "logits [..., classes], targets integers [...], dy [...], result [..., classes]; q and the attributes are "
        "those of cross_entropy. Rows that are ignored are 0.",
    .inputs = {"logits", "targets", "dy"},
    .attributes = {smoothing_attribute, ignored_attribute},
    .traits = Trait::can_fail,
    .shape = [](const Infer& i) -> Types {
      check_rows(i);
      i.require(i.dtype(2) == i.dtype(0), "logits are ", name_of(i.dtype(0)), " but dy is ", name_of(i.dtype(2)));
      i.require(i.shape(2) == i.shape(1), "targets are ", dims_text(i.shape(1)), " but dy is ", dims_text(i.shape(2)));
      return {i.type(0)};
    },
    .kernel =
        [](const Kernel& k) {
          Targets targets(k);
          double smoothing = k.attribute<double>("label_smoothing");
          std::int64_t classes = targets.classes();
          visit_float(k.output().dtype, [&]<class T>() {
            const T* x = k.input(0).as<T>().data();
            const T* dy = k.input(2).as<T>().data();
            T* dx = k.output().as<T>().data();
            for_each_row(k, targets.rows(), classes, [&](std::int64_t row) {
              std::int64_t target = targets.of_row(row);
              T* to = dx + row * classes;
              // Padded rows come with dy 0.
              if (target < 0 || dy[row] == 0)
                std::fill(to, to + classes, T{0});
              else
                row_gradient(x + row * classes, to, classes, target, smoothing, dy[row]);
            });
          });
        },
    .gradient = second_gradient,
    .batching = row_batching,
};

Value cross_entropy_gradient(const Backward& like, Value logits, Value targets, Value dy) {
  return apply(cross_entropy_gradient_op, {logits, targets, dy}, like.node().attributes);
}

constexpr const OpDef* ops[] = {&cross_entropy_op, &cross_entropy_gradient_op};

void check_weights(const Sugar& in, std::size_t input) {
  const Type &logits = in->type(0), &weights = in->type(input);
  in->require(weights == Type{logits.dtype, {logits.shape.back()}}, "weights are ", weights.text(),
              " but one a class is needed, ", Type{logits.dtype, {logits.shape.back()}}.text());
}

// -sum of w * q * log softmax(logits), q being the targets smoothed.
Value probability_loss(Value logits, Value targets, double smoothing, Value weights) {
  Value classes = reduced_count(logits, {logits.rank() - 1});
  if (smoothing != 0) targets = targets * (1 - smoothing) + smoothing / classes;
  if (weights) targets = targets * weights;
  return neg(sum(targets * log_softmax(logits), {-1}));
}

// (1 - s) * w[target] * loss - s / classes * sum(w * log softmax(logits)); 0 in rows that are ignored.
Value weighted_loss(Value loss, Value logits, Value targets, double smoothing, std::optional<std::int64_t> ignored,
                    Value weights) {
  Value active = ignored ? not_equal(targets, scalar_like(targets, static_cast<double>(*ignored))) : Value();
  Value places = active ? where(active, targets, scalar_like(targets, 0)) : targets;
  Value result = loss * gather(weights, places);
  if (smoothing == 0) return result;
  Value share = smoothing / reduced_count(logits, {logits.rank() - 1});
  Value everywhere = neg(share * sum(weights * log_softmax(logits), {-1}));
  if (active) everywhere = where(active, everywhere, scalar_like(loss, 0));
  return result * (1 - smoothing) + everywhere;
}

}  // namespace

bool reuses_rows(const Node& node) {
  return node.op == &cross_entropy_gradient_op || node.op->kernel == cross_entropy_with_gradient_kernel;
}

bool is_gradient_of_loss(const Node& gradient, const Node& loss) {
  if (gradient.kind != NodeKind::operation || gradient.op != &cross_entropy_gradient_op) return false;
  if (loss.kind != NodeKind::operation) return false;
  if (loss.op != &cross_entropy_op && loss.op->kernel != active_cross_entropy_kernel) return false;
  return loss.inputs[0] == gradient.inputs[0] && loss.inputs[1] == gradient.inputs[1] &&
         loss.attributes == gradient.attributes;
}

void active_cross_entropy_kernel(const Kernel& k) { run_losses(k, nullptr, &k.input(2)); }
void cross_entropy_with_gradient_kernel(const Kernel& k) {
  run_losses(k, &k.input(2), k.num_inputs() > 3 ? &k.input(3) : nullptr);
}

OpList loss_ops() { return ops; }

Value cross_entropy(Value logits, Value targets, double label_smoothing, std::optional<std::int64_t> ignored,
                    Value weights) {
  if (is_float(targets.dtype())) {
    Sugar in("cross_entropy", {"logits", "targets", "weights?"},
             weights ? Values{logits, targets, weights} : Values{logits, targets});
    in->require_float(0);
    in->require(logits.rank() >= 1, "logits have no axis of classes");
    in->require(targets.type() == logits.type(), "targets are probabilities, ", targets.type().text(),
                ", but logits are ", logits.type().text());
    check_smoothing(*in, label_smoothing);
    in->require(!ignored, "a class is ignored but targets are probabilities");
    if (weights) check_weights(in, 2);
    return probability_loss(logits, targets, label_smoothing, weights);
  }
  Attributes attributes{{"label_smoothing", weights ? 0 : label_smoothing}};
  if (ignored) attributes.set("ignored", *ignored);
  Value loss = apply(cross_entropy_op, {logits, targets}, std::move(attributes));
  if (!weights) return loss;
  Sugar in("cross_entropy", {"logits", "targets", "weights"}, {logits, targets, weights});
  check_smoothing(*in, label_smoothing);
  check_weights(in, 2);
  return weighted_loss(loss, logits, targets, label_smoothing, ignored, weights);
}

}  // namespace gradloom
