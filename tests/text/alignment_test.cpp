// Pharaoh lines, n-best lines, the strongest source word and crossing links.
#include "text/alignment.h"

#include <doctest/doctest.h>

#include "base/error.h"

using namespace gradloom;

TEST_CASE("text/alignment: the line forms") {
  std::vector<AlignmentLink> links{{0, 0}, {1, 2}, {2, 1}};
  CHECK(pharaoh_text(links) == "0-0 1-2 2-1");
  CHECK(pharaoh_text({}) == "");
  CHECK(n_best_line(4, "Le chat .", -1.5, -0.375) == "4 ||| Le chat . ||| F0= -1.5 ||| -0.375");
}

TEST_CASE("text/alignment: the strongest source word of each row, padding not looked at") {
  std::vector<float> weights{0.1f, 0.7f, 0.9f, 0.4f, 0.4f, 0.9f};
  CHECK(strongest_links(weights, 2, 3, 2) == std::vector<AlignmentLink>{{1, 0}, {0, 1}});
  CHECK(strongest_links({}, 3, 0, 0).empty());
  CHECK_THROWS_WITH_AS(strongest_links(weights, 2, 2, 2),
                       "alignment: 6 weights given for 2 target tokens and 2 columns, of which 2 are source tokens",
                       UserError);
}

TEST_CASE("text/alignment: crossing links mark reordered words") {
  // "the black cat slept" - "le chat noir a dormi"
  std::vector<AlignmentLink> links{{0, 0}, {2, 1}, {1, 2}, {3, 3}, {3, 4}};
  CHECK(reordered_targets(links, 5) == std::vector<bool>{false, true, true, false, false});
}
