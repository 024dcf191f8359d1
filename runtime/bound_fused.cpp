// Tiles of some hundred elements go through all operations of a group while they are in the first-level cache.
#include "runtime/bound_fused.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "base/error.h"
#include "tensor/simd.h"
#include "tensor/threads.h"

namespace gradloom {

namespace {

constexpr std::int64_t tile_elements = 512;
constexpr std::int32_t most_tiles = 48;     // as many as a group has nodes (runtime/passes/fuse.cpp)
constexpr std::int64_t least_part = 32768;  // elements that are worth waking a thread for
constexpr std::int64_t most_parts = 64;

}  // namespace

BoundFused::BoundFused(const Kernel& kernel) {
  collapse(kernel);
  build(*kernel.attribute<Body>("body"));
  bool is_plain = kernel.num_outputs() == extents_.size() - num_operands_;
  for (std::size_t i = 0; i < num_operands_; ++i) is_plain = is_plain && extents_[i].begin == 0;
  if (num_runs_ == 1 && is_plain) adam_ = AdamChain::find(*kernel.attribute<Body>("body"));
  write_directly();
}

// Adjacent axes become one where every operand and result steps through them as through one.
void BoundFused::collapse(const Kernel& kernel) {
  const auto &parts = kernel.attribute<std::vector<std::int64_t>>("parts"),
             &joined = kernel.attribute<std::vector<std::int64_t>>("joined");
  Shape shape = kernel.output(0).shape;
  const std::size_t rank = shape.size();
  shape.back() /= joined[0];
  std::vector<std::vector<std::int64_t>> full;
  auto add_extent = [&](const TensorView& view, std::size_t index, std::int64_t part) {
    extents_.push_back({part * shape.back(), {}, size_of(view.dtype), index});
    std::vector<std::int64_t> strides(rank, 0);
    std::int64_t stride = 1;
    for (std::size_t back = 1; back <= view.shape.size(); ++back) {
      std::int64_t size = view.shape[view.shape.size() - back];
      // Leading axes of size 1 may stand in front of a shorter shape.
      if (back > rank) continue;
      strides[rank - back] = size == 1 ? 0 : stride;
      stride *= size;
    }
    full.push_back(std::move(strides));
  };
  num_operands_ = kernel.num_inputs();
  for (std::size_t i = 0; i < num_operands_; ++i) add_extent(kernel.input(i), i, std::max<std::int64_t>(parts[i], 0));
  for (std::size_t i = 0; i < joined.size(); ++i)
    for (std::int64_t part = 0; part < joined[i]; ++part) add_extent(kernel.output(i), i, part);
  for (std::size_t axis = 0; axis < rank; ++axis) {
    if (shape[axis] == 1) continue;
    bool joins = !sizes_.empty();
    for (std::size_t i = 0; i < full.size() && joins; ++i)
      joins = extents_[i].strides.back() == full[i][axis] * shape[axis];
    if (joins) {
      sizes_.back() *= shape[axis];
      for (std::size_t i = 0; i < full.size(); ++i) extents_[i].strides.back() = full[i][axis];
    } else {
      sizes_.push_back(shape[axis]);
      for (std::size_t i = 0; i < full.size(); ++i) extents_[i].strides.push_back(full[i][axis]);
    }
  }
  if (sizes_.empty()) {
    sizes_.push_back(1);
    for (Extent& extent : extents_) extent.strides.push_back(0);
  }
  num_runs_ = 1;
  for (std::size_t axis = 0; axis + 1 < sizes_.size(); ++axis) num_runs_ *= sizes_[axis];
  tile_ = std::min(sizes_.back(), tile_elements);
  tiles_in_run_ = tile_ == 0 ? 0 : (sizes_.back() + tile_ - 1) / tile_;
}

void BoundFused::build(const Graph& body) {
  std::unordered_map<std::int32_t, Place> places;  // of a node's result
  std::vector<std::int32_t> last_use(body.nodes().size(), -1);
  for (std::size_t i = 0; i < body.nodes().size(); ++i)
    for (const Value& input : body.nodes()[i].inputs)
      last_use[static_cast<std::size_t>(input.node_index())] = static_cast<std::int32_t>(i);
  for (std::size_t i = 0; i < body.inputs().size(); ++i)
    places[body.inputs()[i].node_index()] = {Place::Kind::operand, static_cast<std::int32_t>(i),
                                             extents_[i].strides.back() == 0};
  std::vector<std::int32_t> free_tiles;
  auto take_tile = [&] {
    if (free_tiles.empty()) return num_tiles_++;
    std::int32_t tile = free_tiles.back();
    free_tiles.pop_back();
    return tile;
  };
  for (std::size_t i = 0; i < body.nodes().size(); ++i) {
    const Node& node = body.nodes()[i];
    if (node.kind != NodeKind::operation) continue;
    Instruction made{};
    made.dtype = node.inputs.back().dtype();
    made.result_dtype = node.types[0].dtype;
    dtype_ = made.dtype;
    bool all_single = true;
    for (std::size_t k = 0; k < node.inputs.size(); ++k) {
      made.inputs[k] = places.at(node.inputs[k].node_index());
      all_single = all_single && made.inputs[k].is_single;
    }
    if (node.op->name == "where") {
      made.action = Action::where;
      bool a = made.inputs[1].is_single, b = made.inputs[2].is_single;
      made.form = a && b ? 3 : a ? 2 : b ? 1 : 0;
    } else if (node.inputs.size() == 1) {
      made.action = Action::unary;
      made.function = static_cast<std::size_t>(*simd::unary_function(node.op->name));
    } else {
      auto binary = simd::binary_function(node.op->name);
      made.action = binary ? Action::binary : Action::compare;
      made.function =
          binary ? static_cast<std::size_t>(*binary) : static_cast<std::size_t>(*simd::comparison(node.op->name));
      bool a = made.inputs[0].is_single, b = made.inputs[1].is_single;
      made.form = a == b ? 0 : b ? 1 : 2;
    }
    // Tiles of operands that end here may take the result: every tile function allows it for equal types.
    for (std::size_t k = 0; k < node.inputs.size(); ++k) {
      auto place = made.inputs[k];
      bool ends = place.kind == Place::Kind::tile &&
                  last_use[static_cast<std::size_t>(node.inputs[k].node_index())] == static_cast<std::int32_t>(i);
      bool repeated = false;
      for (std::size_t j = 0; j < k; ++j) repeated = repeated || node.inputs[j] == node.inputs[k];
      // A condition's tile is of another width than the numbers it chooses: it is freed after the result has its own.
      bool same_width = size_of(node.inputs[k].dtype()) == size_of(made.result_dtype);
      bool same_extent = place.is_single == all_single;
      if (ends && !repeated && same_width && same_extent) free_tiles.push_back(place.index);
    }
    made.output = {Place::Kind::tile, take_tile(), all_single};
    for (std::size_t k = 0; k < node.inputs.size(); ++k) {
      auto place = made.inputs[k];
      bool ends = place.kind == Place::Kind::tile &&
                  last_use[static_cast<std::size_t>(node.inputs[k].node_index())] == static_cast<std::int32_t>(i);
      bool repeated = false;
      for (std::size_t j = 0; j < k; ++j) repeated = repeated || node.inputs[j] == node.inputs[k];
      bool same_width = size_of(node.inputs[k].dtype()) == size_of(made.result_dtype);
      bool same_extent = place.is_single == all_single;
      if (ends && !repeated && !(same_width && same_extent)) free_tiles.push_back(place.index);
    }
    places[static_cast<std::int32_t>(i)] = made.output;
    instructions_.push_back(made);
    bool is_result = std::any_of(body.outputs().begin(), body.outputs().end(), [&](const NamedValue& output) {
      return output.value.node_index() == static_cast<std::int32_t>(i);
    });
    // A result stays in its tile until the end of the program, since its memory may be an operand's as well.
    if (is_result)
      last_use[i] = static_cast<std::int32_t>(body.nodes().size());
    else if (last_use[i] < 0)
      free_tiles.push_back(made.output.index);
  }
  for (std::size_t i = 0; i < body.outputs().size(); ++i) {
    Instruction store{};
    store.inputs[0] = places.at(body.outputs()[i].value.node_index());
    store.action = store.inputs[0].is_single ? Action::fill : Action::copy;
    store.dtype = store.result_dtype = body.outputs()[i].value.dtype();
    store.output = {Place::Kind::result, static_cast<std::int32_t>(i), false};
    instructions_.push_back(store);
  }
  ensure(num_tiles_ <= most_tiles, "a fused group needs ", num_tiles_, " tiles, more than ", most_tiles);
}

// A tile that is copied to one result lives in the result's memory from the start, where others read it too.
void BoundFused::write_directly() {
  direct_ = instructions_;
  for (std::size_t copy = direct_.size(); copy-- > 0 && direct_[copy].action == Action::copy;) {
    Place result = direct_[copy].output, source = direct_[copy].inputs[0];
    if (source.kind != Place::Kind::tile) continue;
    // Backwards to the instruction that makes the tile's last contents.
    std::size_t maker = copy;
    while (maker-- > 0) {
      const Place& made = direct_[maker].output;
      if (made.kind == Place::Kind::tile && made.index == source.index) break;
    }
    for (std::size_t i = maker + 1; i < direct_.size(); ++i)
      for (Place& input : direct_[i].inputs)
        if (input.kind == Place::Kind::tile && input.index == source.index) input = result;
    direct_[maker].output = result;
    direct_[copy].inputs[0] = direct_[copy].output;
  }
  std::erase_if(direct_, [](const Instruction& instruction) {
    return instruction.action == Action::copy && instruction.inputs[0].kind == Place::Kind::result &&
           instruction.inputs[0].index == instruction.output.index;
  });
}

// `at`: where the tile begins in each operand and result.
template <class T>
void BoundFused::run_tile(const std::vector<Instruction>& instructions, std::byte* const* at, std::int64_t n,
                          std::byte* tiles) const {
  const simd::Tiles<T>& tile_functions = simd::tiles<T>();
  auto place_of = [&](const Place& place) -> void* {
    auto index = static_cast<std::size_t>(place.index);
    switch (place.kind) {
      case Place::Kind::operand:
        return at[index];
      case Place::Kind::tile:
        return tiles + index * tile_elements * sizeof(T);
      case Place::Kind::result:
        return at[num_operands_ + index];
    }
    return nullptr;
  };
  for (const Instruction& instruction : instructions) {
    std::int64_t count = instruction.output.is_single ? 1 : n;
    const void* a = place_of(instruction.inputs[0]);
    void* y = place_of(instruction.output);
    switch (instruction.action) {
      case Action::unary:
        tile_functions.unary[instruction.function](static_cast<const T*>(a), static_cast<T*>(y), count);
        break;
      case Action::binary:
        tile_functions.binary[instruction.function][instruction.form](
            static_cast<const T*>(a), static_cast<const T*>(place_of(instruction.inputs[1])), static_cast<T*>(y),
            count);
        break;
      case Action::compare:
        tile_functions.compare[instruction.function][instruction.form](
            static_cast<const T*>(a), static_cast<const T*>(place_of(instruction.inputs[1])), static_cast<bool*>(y),
            count);
        break;
      case Action::where: {
        auto b = static_cast<const T*>(place_of(instruction.inputs[1]));
        auto c = static_cast<const T*>(place_of(instruction.inputs[2]));
        auto out = static_cast<T*>(y);
        if (!instruction.inputs[0].is_single) {
          tile_functions.where[instruction.form](static_cast<const bool*>(a), b, c, out, count);
          break;
        }
        bool first = *static_cast<const bool*>(a);
        const T* chosen = first ? b : c;
        if (instruction.inputs[first ? 1 : 2].is_single)
          std::fill_n(out, count, *chosen);
        else if (chosen != out)
          std::memcpy(out, chosen, static_cast<std::size_t>(count) * sizeof(T));
        break;
      }
      case Action::fill:
        if (instruction.result_dtype == DType::boolean)
          std::memset(y, *static_cast<const unsigned char*>(a), static_cast<std::size_t>(n));
        else
          std::fill_n(static_cast<T*>(y), n, *static_cast<const T*>(a));
        break;
      case Action::copy:
        std::memcpy(y, a, static_cast<std::size_t>(n) * size_of(instruction.result_dtype));
        break;
    }
  }
}

template <class T>
void BoundFused::run_range(const Kernel& kernel, std::int64_t begin, std::int64_t end) const {
  if (adam_ && adam_->run<T>(kernel, begin * tile_, std::min(end * tile_, sizes_.back()))) return;
  ensure(extents_.size() <= most_extents, "a fused group of ", extents_.size(), " operands and results");
  std::byte *data[most_extents], *at[most_extents];
  alignas(64) std::byte tiles[most_tiles * tile_elements * sizeof(T)];
  for (std::size_t i = 0; i < extents_.size(); ++i) {
    const TensorView& view = i < num_operands_ ? kernel.input(extents_[i].view) : kernel.output(extents_[i].view);
    data[i] = static_cast<std::byte*>(view.data);
  }
  bool overlaps = false;
  for (std::size_t i = num_operands_; i < extents_.size(); ++i)
    overlaps = overlaps || std::find(data, data + num_operands_, data[i]) != data + num_operands_;
  const std::vector<Instruction>& instructions = overlaps ? instructions_ : direct_;
  for (std::int64_t index = begin; index < end; ++index) {
    std::int64_t run = index / tiles_in_run_, first = index % tiles_in_run_ * tile_;
    std::int64_t n = std::min(tile_, sizes_.back() - first);
    for (std::size_t i = 0; i < extents_.size(); ++i) {
      const std::vector<std::int64_t>& strides = extents_[i].strides;
      std::int64_t place = extents_[i].begin + first * strides.back(), rest = run;
      for (std::size_t axis = sizes_.size() - 1; axis-- > 1;) {
        place += rest % sizes_[axis] * strides[axis];
        rest /= sizes_[axis];
      }
      if (sizes_.size() > 1) place += rest * strides[0];
      at[i] = data[i] + static_cast<std::size_t>(place) * extents_[i].bytes;
    }
    run_tile<T>(instructions, at, n, tiles);
  }
}

void BoundFused::run(const Kernel& kernel, KernelHost& host) const {
  std::int64_t tiles = num_runs_ * tiles_in_run_;
  if (tiles == 0) return;
  std::int64_t parts = std::min(tiles, count_parts(tiles * tile_, least_part, most_parts));
  auto run_part = [&](std::int64_t part) {
    IndexRange range = part_of(tiles, parts, part);
    if (dtype_ == DType::float32)
      run_range<float>(kernel, range.begin, range.end);
    else
      run_range<double>(kernel, range.begin, range.end);
  };
  host.threads().for_each_part(parts, run_part);
}

}  // namespace gradloom
