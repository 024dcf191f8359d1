// What the demonstration counts, and how it ends when it is stopped.
#include "training/demonstration.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "tests/serialization/scratch_folder.h"

using namespace gradloom;

namespace {

// the black cat . -> le chat noir .
Phrase black_cat() {
  return {.source = "the black cat.",
          .target = "le chat noir.",
          .links = {{0, 0}, {1, 2}, {2, 1}, {3, 3}},
          .source_content = {false, true, true, false},
          .target_content = {false, true, true, false},
          .described = {}};
}

AttentionMap looking_at(std::vector<std::size_t> sources) {
  AttentionMap map{{"the", "black", "cat", "."}, {"le", "chat", "noir", "."}, std::vector<float>(16, 0.1f)};
  for (std::size_t t = 0; t < sources.size(); ++t) map.weights[4 * t + sources[t]] = 0.7f;
  return map;
}

}  // namespace

TEST_CASE("training/demonstration: alignment accuracy counts content words that translate something") {
  std::vector<Phrase> phrases{black_cat(), black_cat()};
  std::vector<AttentionMap> maps{looking_at({0, 2, 1, 3}), looking_at({3, 2, 2, 0})};
  AlignmentAccuracies found = alignment_accuracy(phrases, maps);
  CHECK(found.all.words == 4);
  CHECK(found.all.right == 3);
  CHECK(found.all.diagonal == 0);
  CHECK(found.all.share() == 0.75);
  CHECK(found.reordered.words == 4);

  phrases.pop_back();
  maps.pop_back();
  phrases[0].links = {{0, 0}, {1, 1}, {3, 3}};  // noir translates nothing now
  found = alignment_accuracy(phrases, maps);
  CHECK(found.all.words == 1);
  CHECK(found.all.right == 0);
  CHECK(found.all.diagonal == 1);
  CHECK(found.reordered.words == 0);
  CHECK(found.reordered.share() == 0);
  CHECK_THROWS_WITH_AS(alignment_accuracy(phrases, {}),
                       "alignment accuracy: 1 phrases, 0 maps (this is a fault of Gradloom; please report it)",
                       InternalError);
}

TEST_CASE("training/demonstration: one that is stopped has no result") {
  ScratchFolder scratch;
  DemonstrationOptions options{.folder = scratch.path("shown"), .steps = 5, .threads = 1, .stop = [] { return true; }};
  DemonstrationObserver observer;
  CHECK(!demonstrate(options, observer).has_value());
  options.folder = scratch.path("shown/phrasebook/train.en");
  CHECK_THROWS_WITH_AS(demonstrate(options, observer), (options.folder + " is not a folder").c_str(), UserError);
}
