// The strided copy: axes that lie alike in both layouts are merged first, then runs are copied whole, and the two axes
// of a transposition are walked in tiles that fit the cache.
#include "ops/strided.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace gradloom {

namespace {

StridedAxes merged(const StridedAxes& axes) {
  StridedAxes result;
  for (const StridedAxis& axis : axes) {
    if (axis.size == 1) continue;
    if (!result.empty() && result.back().to == axis.to * axis.size && result.back().from == axis.from * axis.size)
      result.back() = {result.back().size * axis.size, axis.to, axis.from};
    else
      result.add(axis);
  }
  return result;
}

// Calls f(offset in the target, offset in the source) for each index of the axes, the last fastest.
template <class F>
void for_each_offset(const StridedAxes& axes, const F& f) {
  AxisList<std::int64_t> index;
  for (std::size_t i = 0; i < axes.size(); ++i) index.add(0);
  std::int64_t to = 0, from = 0;
  while (true) {
    f(to, from);
    std::size_t i = axes.size();
    while (i > 0) {
      --i;
      to += axes[i].to;
      from += axes[i].from;
      if (++index[i] < axes[i].size) break;
      to -= axes[i].to * axes[i].size;
      from -= axes[i].from * axes[i].size;
      index[i] = 0;
      if (i == 0) return;
    }
    if (axes.empty()) return;
  }
}

// Two axes in tiles of 32 by 32, the target's inner axis outermost: the best, or nearly, of nine ways on five shapes.
template <class T, class InnerTo, class OuterFrom>
void copy_tiles(T* to, const T* from, const StridedAxis& outer, const StridedAxis& inner, InnerTo inner_to,
                OuterFrom outer_from) {
  constexpr std::int64_t tile = 32;
  for (std::int64_t j = 0; j < inner.size; j += tile)
    for (std::int64_t i = 0; i < outer.size; i += tile) {
      std::int64_t i_end = std::min(i + tile, outer.size), j_end = std::min(j + tile, inner.size);
      for (std::int64_t p = i; p < i_end; ++p)
        for (std::int64_t q = j; q < j_end; ++q)
          to[p * outer.to + q * inner_to] = from[p * outer_from + q * inner.from];
    }
}

template <class T>
void copy_plane(T* to, const T* from, const StridedAxis& outer, const StridedAxis& inner) {
  // Steps that the compiler knows make a true transposition twice as fast.
  constexpr std::integral_constant<std::int64_t, 1> one;
  if (inner.to == 1 && outer.from == 1)
    copy_tiles(to, from, outer, inner, one, one);
  else
    copy_tiles(to, from, outer, inner, inner.to, outer.from);
}

template <class T>
void copy_elements(T* to, const T* from, StridedAxes axes) {
  if (axes.empty()) {
    *to = *from;
    return;
  }
  StridedAxis inner = axes.back();
  axes.erase(axes.size() - 1);
  if (inner.to == 1 && inner.from == 1) {
    std::size_t run = static_cast<std::size_t>(inner.size) * sizeof(T);
    for_each_offset(axes, [&](std::int64_t t, std::int64_t f) { std::memcpy(to + t, from + f, run); });
    return;
  }
  if (inner.from == 0 && inner.to == 1) {
    for_each_offset(axes, [&](std::int64_t t, std::int64_t f) { std::fill_n(to + t, inner.size, from[f]); });
    return;
  }
  // The axis that is dense in the source, or else the next one, is walked in tiles together with the innermost.
  std::size_t partner = axes.size();
  for (std::size_t i = 0; i < axes.size(); ++i)
    if (axes[i].from == 1 || partner == axes.size()) partner = i;
  StridedAxis outer;
  if (partner < axes.size()) {
    outer = axes[partner];
    axes.erase(partner);
  }
  for_each_offset(axes, [&](std::int64_t t, std::int64_t f) { copy_plane(to + t, from + f, outer, inner); });
}

}  // namespace

void copy_strided(void* to, const void* from, StridedAxes axes, std::size_t bytes) {
  for (const StridedAxis& axis : axes)
    if (axis.size == 0) return;
  axes = merged(axes);
  // Elements are moved as integers of their size, since no arithmetic is done on them.
  switch (bytes) {
    case 1:
      return copy_elements(static_cast<std::uint8_t*>(to), static_cast<const std::uint8_t*>(from), axes);
    case 4:
      return copy_elements(static_cast<std::uint32_t*>(to), static_cast<const std::uint32_t*>(from), axes);
    case 8:
      return copy_elements(static_cast<std::uint64_t*>(to), static_cast<const std::uint64_t*>(from), axes);
    default:
      throw InternalError(concat_text("no element has ", bytes, " bytes"));
  }
}

}  // namespace gradloom
