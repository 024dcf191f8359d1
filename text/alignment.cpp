// Reading and writing of alignments and n-best lines, as declared in alignment.h.
#include "text/alignment.h"

#include <algorithm>

#include "base/error.h"

namespace gradloom {

std::string pharaoh_text(std::span<const AlignmentLink> links) {
  std::string out;
  for (auto link : links) out += concat_text(out.empty() ? "" : " ", link.source, '-', link.target);
  return out;
}

std::vector<AlignmentLink> strongest_links(std::span<const float> weights, std::int64_t targets, std::int64_t columns,
                                           std::int64_t sources) {
  require(static_cast<std::int64_t>(weights.size()) == targets * columns && sources <= columns, Fault::usage,
          "alignment: ", weights.size(), " weights given for ", targets, " target tokens and ", columns,
          " columns, of which ", sources, " are source tokens");
  std::vector<AlignmentLink> links;
  if (sources == 0) return links;
  for (std::int64_t i = 0; i < targets; ++i) {
    auto row = weights.subspan(static_cast<std::size_t>(i * columns), static_cast<std::size_t>(sources));
    auto strongest = std::ranges::max_element(row) - row.begin();
    links.push_back({static_cast<std::int32_t>(strongest), static_cast<std::int32_t>(i)});
  }
  return links;
}

std::vector<bool> reordered_targets(std::span<const AlignmentLink> links, std::int64_t targets) {
  std::vector<bool> result(static_cast<std::size_t>(targets));
  for (auto a : links)
    for (auto b : links)
      if (a.source < b.source && a.target > b.target)
        result[static_cast<std::size_t>(a.target)] = result[static_cast<std::size_t>(b.target)] = true;
  return result;
}

std::string n_best_line(std::int64_t line, std::string_view text, double score, double normalised) {
  return concat_text(line, " ||| ", text, " ||| F0= ", score, " ||| ", normalised);
}

}  // namespace gradloom
