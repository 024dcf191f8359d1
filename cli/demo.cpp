// gradloom demo: trains the traditional and the attention model on the built-in phrasebook and compares them.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <thread>

#include "base/text.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "tensor/blas.h"
#include "training/demonstration.h"

namespace gradloom {

namespace {

struct DemoRequest {
  DemonstrationOptions options{.folder = "gradloom-demo", .steps = demonstration_steps(), .threads = 1, .stop = {}};
  bool json = false;
  std::int64_t threads = std::max(1u, std::thread::hardware_concurrency());
};

std::string fixed(double value, int digits) {
  std::array<char, 64> buffer;
  std::snprintf(buffer.data(), buffer.size(), "%.*f", digits, value);
  return buffer.data();
}

// Progress on standard error: on a terminal a line that is written over, and a line for every measurement.
class DemoLines : public DemonstrationObserver {
 public:
  explicit DemoLines(std::int64_t steps) : steps_(steps), terminal_(::isatty(STDERR_FILENO) == 1) {}

  void begun(std::string_view model, std::int64_t parameters) override {
    say(concat_text("training the ", model, " model: ", parameters, " parameters"));
  }
  void updated(std::string_view model, std::int64_t update, double loss) override {
    constexpr std::int64_t often = 10, cells = 24;
    if (!terminal_ || update % often != 0) return;
    std::string bar;
    for (std::int64_t i = 0; i < cells; ++i) bar += i * steps_ < update * cells ? "━" : " ";
    std::string text = concat_text("\r\033[K", model, " ", bar, " ", update, " of ", steps_, ", loss ", fixed(loss, 3));
    std::fwrite(text.data(), 1, text.size(), stderr);
    std::fflush(stderr);
  }
  void measured(std::string_view model, std::int64_t update, double loss, double bleu) override {
    say(concat_text(terminal_ ? "\r\033[K" : "", model, ": update ", update, " of ", steps_, ", loss ", fixed(loss, 3),
                    ", BLEU ", fixed(bleu, 1)));
  }

 private:
  std::int64_t steps_;
  bool terminal_;
};

int show_demo(DemoRequest& request) {
  request.options.threads = static_cast<int>(request.threads);
  InterruptFlag interrupt;
  request.options.stop = [&] { return interrupt.is_set(); };
  say(concat_text(demonstration_sizes(request.options.steps), "; ", request.threads,
                  request.threads == 1 ? " thread" : " threads", ", BLAS kernels ", blas_kernel()));
  DemoLines lines(request.options.steps);
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
