// gradloom demo: trains the traditional and the attention model on the built-in phrasebook and compares them.
#include <algorithm>
#include <memory>
#include <thread>
#include <utility>

#include "base/text.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/progress_line.h"
#include "tensor/blas.h"
#include "training/demonstration.h"

namespace gradloom {

namespace {

struct DemoRequest {
  DemonstrationOptions options{.folder = "gradloom-demo", .steps = demonstration_steps(), .threads = 1, .stop = {}};
  bool json = false;
  std::int64_t threads = std::max(1u, std::thread::hardware_concurrency());
};

// A line for every measurement, and the updates between them.
class DemoLines : public DemonstrationObserver {
 public:
  DemoLines(std::int64_t steps, std::string sizes) : steps_(steps), sizes_(std::move(sizes)) {}

  void begun(std::string_view model, std::int64_t parameters) override {
    if (!sizes_.empty()) line_.keep(std::exchange(sizes_, ""));
    line_.keep(concat_text("training the ", model, " model: ", parameters, " parameters"));
  }
  void updated(std::string_view model, std::int64_t update, double loss) override {
    constexpr std::int64_t often = 10;
    if (update % often != 0) return;
    line_.show(static_cast<double>(update) / static_cast<double>(steps_),
               concat_text(model, ": update ", update, " of ", steps_, ", loss ", fixed_text(loss, 3)));
  }
  void measured(std::string_view model, std::int64_t update, double loss, double bleu) override {
    line_.keep(concat_text(model, ": update ", update, " of ", steps_, ", loss ", fixed_text(loss, 3), ", BLEU ",
                           fixed_text(bleu, 1)));
  }

 private:
  std::int64_t steps_;
  std::string sizes_;  // until they have been said
  ProgressLine line_;
};

int show_demo(DemoRequest& request) {
  request.options.threads = static_cast<int>(request.threads);
  InterruptFlag interrupt;
  request.options.stop = [&] { return interrupt.is_set(); };
  std::string threads = counted(static_cast<std::uint64_t>(request.threads), "thread");
  DemoLines lines(request.options.steps, concat_text(demonstration_sizes(request.options.steps), "; ", threads,
                                                     ", BLAS kernels ", blas_kernel()));
  std::optional<Demonstration> result = demonstrate(request.options, lines);
  if (!result) throw Interrupted{};
  print(demonstration_text(*result));
  const std::string& folder = request.options.folder;
  print(concat_text("\nThe report is in ", folder, "/report.html; translate a sentence of your own with\n",
                    "  echo \"The white cat ate the black mouse.\" | gradloom translate --model ", folder,
                    "/attention\n"));
  if (request.json) print(demonstration_json(*result) + "\n");
  return 0;
}

}  // namespace

extern const Command demo_command;
constinit const Command demo_command{
    "demo", "trains translators without and with attention on the built-in phrasebook and compares them",
    [](Options& options) -> Run {
      auto request = std::make_shared<DemoRequest>();
      options.text("--output", "DIR", request->options.folder,
                   "folder for both models, the phrasebook and report.html");
      options.integer("--steps", "N", request->options.steps, {1, 1'000'000}, "updates of each model");
      options.integer("--threads", "N", request->threads, {1, 1024}, "threads; the numbers do not depend on them");
      options.flag("--json", request->json, "print the figures as one JSON object, the last line");
      return [request] { return show_demo(*request); };
    }};

}  // namespace gradloom
