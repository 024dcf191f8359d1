// Which source token a target token corresponds to, and the line forms in which translators write that down.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gradloom {

/// Source token `source` and target token `target` (both from 0) translate each other.
struct AlignmentLink {
  std::int32_t source = 0, target = 0;

  auto operator<=>(const AlignmentLink&) const = default;
};

/// The links in the form of Pharaoh: `0-0 1-2 2-1`, in the given order.
std::string pharaoh_text(std::span<const AlignmentLink> links);

/// For each target token, the source token with the largest weight (the first of equal ones). `weights` is
/// [targets, columns] row-major; only the first `sources` columns are looked at. A UserError when the sizes disagree.
std::vector<AlignmentLink> strongest_links(std::span<const float> weights, std::int64_t targets, std::int64_t columns,
                                           std::int64_t sources);

/// For each target token, whether a link of it crosses another link: the words that the two languages order
/// differently.
std::vector<bool> reordered_targets(std::span<const AlignmentLink> links, std::int64_t targets);

/// A line of an n-best list as Marian writes it: `LINE ||| TEXT ||| F0= SCORE ||| NORMALISED`, LINE from 0.
std::string n_best_line(std::int64_t line, std::string_view text, double score, double normalised);

}  // namespace gradloom
