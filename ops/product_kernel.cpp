// The kernel of dot_general: each operand is seen as matrices, one a batch index, in the layout it already has where
// the steps of its axes allow that, else packed into scratch; then every pair is one matrix product. The kernels of the
// products that leave rows out or add a bias are the same with an operand more.
#include <algorithm>
#include <type_traits>

#include "base/error.h"
#include "graph/op_def.h"
#include "ops/product.h"
#include "ops/strided.h"
#include "tensor/gemm.h"
#include "tensor/simd.h"

namespace gradloom {

namespace {

using Integers = std::vector<std::int64_t>;

struct Axis {
  std::int64_t size = 1;
  std::int64_t step = 0;
};

// Axes that follow one another without gaps, as one axis; `ok` says whether they do.
struct Merged {
  Axis axis;
  bool ok = true;
};

Merged merged(const AxisList<Axis>& axes) {
  Merged result;
  for (const Axis& axis : axes) {
    if (axis.size == 1) continue;
    if (result.axis.size != 1 && result.axis.step != axis.step * axis.size) result.ok = false;
    result.axis = {result.axis.size * axis.size, axis.step};
  }
  return result;
}

// One operand: [batch..., free..., contract...], whatever the order in memory.
struct Operand {
  AxisList<Axis> batch, free, contract;
  std::int64_t rows = 1, columns = 1;  // of the matrix [free, contract]
  bool transposed = false;             // it lies as [contract, free]
  std::int64_t leading = 1;            // elements from one row (transposed: column) to the next
  bool is_packed = false;

  // `order` lists the pairs of contracted axes, the same for both operands.
  Operand(const TensorView& view, const Integers& batch_axes, const Integers& contract_axes,
          const AxisList<std::size_t>& order) {
    AxisList<Axis> axes;
    std::int64_t step = 1;
    for (std::size_t i = 0; i < view.shape.size(); ++i) axes.add({view.shape[i], 0});
    for (std::size_t i = view.shape.size(); i-- > 0;) {
      axes[i].step = step;
      step *= view.shape[i];
    }
    AxisList<bool> taken;
    for (std::size_t i = 0; i < axes.size(); ++i) taken.add(false);
    auto take = [&](AxisList<Axis>& list, std::int64_t axis) {
      list.add(axes[static_cast<std::size_t>(axis)]);
      taken[static_cast<std::size_t>(axis)] = true;
    };
    for (std::int64_t axis : batch_axes) take(batch, axis);
    for (std::size_t pair : order) take(contract, contract_axes[pair]);
    for (std::size_t i = 0; i < axes.size(); ++i)
      if (!taken[i]) free.add(axes[i]);
    for (const Axis& axis : free) rows *= axis.size;
    for (const Axis& axis : contract) columns *= axis.size;
    choose_layout();
  }

  std::int64_t size() const { return rows * columns; }

  template <class T>
  const T* matrix(const T* data, T* packed) const {
    if (!is_packed) return data;
    StridedAxes axes;
    std::int64_t step = size();
    for (const AxisList<Axis>* group : {&free, &contract})
      for (const Axis& axis : *group) axes.add({axis.size, step /= std::max<std::int64_t>(axis.size, 1), axis.step});
    copy_strided(packed, data, axes, sizeof(T));
    return packed;
  }

 private:
  void choose_layout() {
    Merged row = merged(free), column = merged(contract);
    if (row.ok && column.ok && (columns == 1 || column.axis.step == 1)) {
      leading = rows == 1 ? columns : row.axis.step;
    } else if (row.ok && column.ok && (rows == 1 || row.axis.step == 1)) {
      transposed = true;
      leading = column.axis.step;
    } else {
      is_packed = true;
      leading = columns;
    }
    leading = std::max<std::int64_t>(leading, 1);
  }
};

// y[i, j] of each batch index is the sum over the contracted axis of row i of a times row j of b.
template <class T>
struct Product {
  const Operand &a, &b;
  ThreadPool& threads;

  void run(const T* a_data, const T* b_data, T* y, const T* bias = nullptr, const T* packed = nullptr) const {
    if constexpr (std::is_floating_point_v<T>) {
      gemm<T>(a.transposed, !b.transposed, a.rows, b.rows, a.columns, 1, a_data, a.leading, b_data, b.leading, 0, y,
              b.rows, &threads, bias, packed);
    } else {
      std::int64_t a_row = a.transposed ? 1 : a.leading, a_column = a.transposed ? a.leading : 1;
      std::int64_t b_row = b.transposed ? 1 : b.leading, b_column = b.transposed ? b.leading : 1;
      for (std::int64_t i = 0; i < a.rows; ++i)
        for (std::int64_t j = 0; j < b.rows; ++j) {
          // Overflow wraps around, as in all arithmetic of integers.
          std::make_unsigned_t<T> sum = 0;
          for (std::int64_t k = 0; k < a.columns; ++k)
            sum += static_cast<std::make_unsigned_t<T>>(a_data[i * a_row + k * a_column]) *
                   static_cast<std::make_unsigned_t<T>>(b_data[j * b_row + k * b_column]);
          y[i * b.rows + j] = static_cast<T>(sum);
        }
    }
  }

  void run_all(const T* a_data, const T* b_data, T* y, const Axis& a_batch, std::int64_t b_step) const {
    if constexpr (std::is_floating_point_v<T>) {
      gemm_batched<T>(a.transposed, !b.transposed, a_batch.size, a.rows, b.rows, a.columns, 1, a_data, a.leading,
                      a_batch.step, b_data, b.leading, b_step, 0, y, b.rows, a.rows * b.rows, &threads);
    } else {
      for (std::int64_t i = 0; i < a_batch.size; ++i)
        run(a_data + i * a_batch.step, b_data + i * b_step, y + i * a.rows * b.rows);
    }
  }
};

// Rows [count, width] of which those that are listed are brought together.
template <class T>
const T* gather_rows(const Kernel& k, const T* from, std::int64_t width, std::span<const std::int64_t> rows) {
  T* gathered = k.scratch<T>(width * static_cast<std::int64_t>(rows.size()));
  T* to = gathered;
  for (std::int64_t row : rows) to = std::copy_n(from + row * width, width, to);
  return gathered;
}

// The rows that the mask leaves in, of `count`: as many side by side have one entry of the mask.
std::span<const std::int64_t> chosen_rows(const Kernel& k, std::span<const bool> mask, std::int64_t count) {
  const auto entries = static_cast<std::int64_t>(mask.size());
  const std::int64_t together = entries == 0 ? 0 : count / entries;
  ensure(entries * together == count, "a mask of ", entries, " entries over ", count, " rows");
  std::int64_t *rows = k.scratch<std::int64_t>(count), *end = rows;
  for (std::int64_t row = 0; row < count; ++row)
    if (mask[static_cast<std::size_t>(row / together)]) *end++ = row;
  return {rows, end};
}

// The sum of products of listed rows, which are the first axes of both operands; where `sums` is not null, that of a's.
template <class T>
void sum_over_rows(const Kernel& k, const Operand& a, const Operand& b, std::span<const std::int64_t> rows, T* sums) {
  const T *a_data = k.input(0).as<T>().data(), *b_data = k.input(1).as<T>().data();
  T* y = k.output().as<T>().data();
  ThreadPool* threads = &k.host().threads();
  double* totals = sums == nullptr ? nullptr : k.scratch<double>(a.rows);
  if (totals != nullptr) std::fill_n(totals, a.rows, 0.0);
  if (!gemm_over_rows<T>(a.rows, b.rows, a.columns, a_data, b_data, y, rows, threads, totals)) {
    const T *some_a = gather_rows(k, a_data, a.rows, rows), *some_b = gather_rows(k, b_data, b.rows, rows);
    const auto count = static_cast<std::int64_t>(rows.size());
    gemm<T>(true, false, a.rows, b.rows, count, 1, some_a, a.rows, some_b, b.rows, 0, y, b.rows, threads);
    if (totals != nullptr) simd::tiles<T>().add_rows(some_a, a.rows, count, totals, a.rows);
  }
  for (std::int64_t i = 0; totals != nullptr && i < a.rows; ++i) sums[i] = static_cast<T>(totals[i]);
}

// Operand b in the form in which it is multiplied, kept from an earlier step or made now; null where it is not kept.
template <class T>
const T* kept_operand(const Kernel& k, const Operand& b, const T* b_data) {
  auto* host = dynamic_cast<KeepingHost*>(&k.host());
  KeepingHost::Kept kept = host == nullptr ? KeepingHost::Kept() : host->kept();
  auto* memory = static_cast<T*>(kept.memory);
  if (memory != nullptr && !kept.is_filled)
    pack_for_gemm<T>(!b.transposed, b.rows, b.columns, b_data, b.leading, memory);
  return memory;
}

// The products that leave rows out. False when the layouts or the machine do not allow it; never of products summed
// over rows, whose padding may hold anything on one side.
template <class T>
bool run_active_rows(const Kernel& k, const Operand& a, const Operand& b, const T* a_data, const T* b_data, T* y,
                     const T* bias, const T* kept) {
  std::span<const bool> mask = k.input(2).as<bool>();
  if (k.attribute<bool>("summed")) {
    sum_over_rows<T>(k, a, b, chosen_rows(k, mask, a.columns), nullptr);
    return true;
  }
  return !a.is_packed && !a.transposed && a.leading == a.columns && !b.is_packed &&
         b.leading == (b.transposed ? b.rows : b.columns) &&
         gemm_of_rows<T>(!b.transposed, a.rows, b.rows, a.columns, a_data, b_data, y, chosen_rows(k, mask, a.rows),
                         &k.host().threads(), bias, kept);
}

// Rows of the result that the mask leaves out: the bias, or 0.
template <class T>
void fill_resting_rows(const Kernel& k, T* y, std::int64_t columns, const T* bias) {
  std::span<const bool> mask = k.input(2).as<bool>();
  std::int64_t width = k.output().size() / std::max<std::int64_t>(static_cast<std::int64_t>(mask.size()), 1);
  for (std::size_t entry = 0; entry < mask.size(); ++entry) {
    T* row = y + static_cast<std::int64_t>(entry) * width;
    if (mask[entry]) continue;
    if (bias == nullptr)
      std::fill_n(row, width, T{0});
    else
      for (std::int64_t i = 0; i < width; i += columns) std::copy_n(bias, columns, row + i);
  }
}

// The batch axes of both as one axis each, when they are that.
bool has_one_batch_axis(const Operand& a, const Operand& b, Axis& a_batch, Axis& b_batch) {
  Merged x = merged(a.batch), y = merged(b.batch);
  a_batch = x.axis;
  b_batch = y.axis;
  return x.ok && y.ok && !a.is_packed && !b.is_packed;
}

// A bias and a kept operand are those of a product without batch axes.
template <class T>
void run_all_batches(const Kernel& k, const Operand& a, const Operand& b, const T* a_data, const T* b_data, T* y,
                     const T* bias, const T* kept) {
  Product<T> product{a, b, k.host().threads()};
  Axis a_batch, b_batch;
  if (bias == nullptr && kept == nullptr && has_one_batch_axis(a, b, a_batch, b_batch)) {
    product.run_all(a_data, b_data, y, a_batch, b_batch.step);
    return;
  }
  T* a_packed = a.is_packed ? k.scratch<T>(a.size()) : nullptr;
  T* b_packed = b.is_packed ? k.scratch<T>(b.size()) : nullptr;
  std::int64_t count = 1;
  for (const Axis& axis : a.batch) count *= axis.size;
  for (std::int64_t index = 0; index < count; ++index) {
    std::int64_t rest = index, a_offset = 0, b_offset = 0;
    for (std::size_t i = a.batch.size(); i-- > 0;) {
      std::int64_t at = rest % a.batch[i].size;
      rest /= a.batch[i].size;
      a_offset += at * a.batch[i].step;
      b_offset += at * b.batch[i].step;
    }
    product.run(a.matrix(a_data + a_offset, a_packed), b.matrix(b_data + b_offset, b_packed),
                y + index * a.rows * b.rows, bias, kept);
  }
}

std::pair<Operand, Operand> operands_of(const Kernel& k) {
  const auto &contract_a = k.attribute<Integers>("contract_a"), &contract_b = k.attribute<Integers>("contract_b");
  // In the order of a's axes, the contracted ones are most likely to be one axis in both.
  AxisList<std::size_t> order;
  for (std::size_t i = 0; i < contract_a.size(); ++i) order.add(i);
  std::sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) { return contract_a[x] < contract_a[y]; });
  return {Operand(k.input(0), k.attribute<Integers>("batch_a"), contract_a, order),
          Operand(k.input(1), k.attribute<Integers>("batch_b"), contract_b, order)};
}

template <class T>
void run_product(const Kernel& k, bool has_mask, std::size_t bias_input) {
  const std::pair<Operand, Operand> operands = operands_of(k);
  const Operand &a = operands.first, &b = operands.second;
  T* y = k.output().as<T>().data();
  if (k.output().size() == 0) return;
  const T* bias = bias_input < k.num_inputs() ? k.input(bias_input).as<T>().data() : nullptr;
  if (a.columns == 0 && bias == nullptr) {
    std::fill_n(y, k.output().size(), T{0});
    return;
  }
  const T *a_data = k.input(0).as<T>().data(), *b_data = k.input(1).as<T>().data();
  const T* kept = nullptr;
  if constexpr (std::is_floating_point_v<T>) {
    kept = kept_operand(k, b, b_data);
    if (has_mask) {
      bool done = run_active_rows<T>(k, a, b, a_data, b_data, y, bias, kept);
      if (!done) run_all_batches<T>(k, a, b, a_data, b_data, y, bias, kept);
      if (!k.attribute<bool>("summed")) fill_resting_rows<T>(k, y, b.rows, bias);
      return;
    }
  }
  run_all_batches<T>(k, a, b, a_data, b_data, y, bias, kept);
}

void run(const Kernel& k, bool has_mask, std::size_t bias_input) {
  visit(k.input(0).dtype, [&]<class T>() {
    if constexpr (std::is_same_v<T, bool>)
      throw InternalError("a product of bools");
    else
      run_product<T>(k, has_mask, bias_input);
  });
}

}  // namespace

std::size_t kept_bytes_of_product(const Kernel& k) {
  const Attributes& attributes = k.node().attributes;
  const Attribute* summed = attributes.find("summed");
  if (!is_float(k.input(0).dtype) || !attributes.get<Integers>("batch_a").empty()) return 0;
  if (summed != nullptr && std::get<bool>(*summed)) return 0;
  const std::pair<Operand, Operand> operands = operands_of(k);
  const Operand &a = operands.first, &b = operands.second;
  if (a.transposed || b.is_packed) return 0;
  std::size_t bytes = 0;
  visit_float(k.input(0).dtype, [&]<class T>() {
    bytes = static_cast<std::size_t>(packed_for_gemm<T>(!b.transposed, a.rows, b.rows, a.columns)) * sizeof(T);
  });
  return bytes;
}

void product_kernel(const Kernel& k) { run(k, false, 2); }
void active_product_kernel(const Kernel& k) { run(k, true, 3); }
void biased_product_kernel(const Kernel& k) { run(k, false, 2); }

void product_with_sums_kernel(const Kernel& k) {
  const std::pair<Operand, Operand> operands = operands_of(k);
  const Operand &a = operands.first, &b = operands.second;
  const bool all = true;
  std::span<const bool> mask = k.num_inputs() > 2 ? k.input(2).as<bool>() : std::span(&all, 1);
  std::span<const std::int64_t> rows = chosen_rows(k, mask, a.columns);
  visit_float(k.output().dtype, [&]<class T>() { sum_over_rows<T>(k, a, b, rows, k.output(1).as<T>().data()); });
}

}  // namespace gradloom
