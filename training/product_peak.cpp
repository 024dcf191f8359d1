// A forked process that multiplies when a byte comes through a pipe, and answers with a double.
#include "training/product_peak.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <vector>

#include "base/error.h"
#include "tensor/gemm.h"
#include "tensor/threads.h"

namespace gradloom {

namespace {

constexpr std::int64_t size = 2048;
constexpr int repetitions = 3;

[[noreturn]] void serve(int requests, int answers, int threads) {
  ThreadPool pool(threads);
  std::vector<float> a(size * size, 0.5f), b(size * size, 0.25f), c(size * size);
  auto product = [&] {
    gemm<float>(false, false, size, size, size, 1, a.data(), size, b.data(), size, 0, c.data(), size, &pool);
  };
  product();
  for (char byte = 0; ::read(requests, &byte, 1) == 1;) {
    double best = 1e9;
    for (int i = 0; i < repetitions; ++i) {
      auto begin = std::chrono::steady_clock::now();
      product();
      best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    }
    double gflops = 2.0 * size * size * size / best / 1e9;
    if (::write(answers, &gflops, sizeof gflops) != sizeof gflops) break;
  }
  ::_exit(0);
}

void refuse(const char* what) {
  throw UserError(
      concat_text("cannot measure the peak of matrix products: ", what, ": ", std::generic_category().message(errno)),
      Fault::system);
}

}  // namespace

ProductPeak::ProductPeak(int threads) {
  std::array<int, 2> requests{}, answers{};
  if (::pipe(requests.data()) != 0) refuse("pipe");
  if (::pipe(answers.data()) != 0) refuse("pipe");
  process_ = ::fork();
  if (process_ < 0) refuse("fork");
  if (process_ == 0) {
    ::close(requests[1]);
    ::close(answers[0]);
    serve(requests[0], answers[1], threads);
  }
  ::close(requests[0]);
  ::close(answers[1]);
  requests_ = requests[1];
  answers_ = answers[0];
}

ProductPeak::~ProductPeak() {
  ::close(requests_);
  ::close(answers_);
  ::waitpid(process_, nullptr, 0);
}

void ProductPeak::measure() {
  double gflops = 0;
  if (::write(requests_, "m", 1) != 1) refuse("write");
  if (::read(answers_, &gflops, sizeof gflops) != sizeof gflops) refuse("read");
  best_ = std::max(best_, gflops);
}

}  // namespace gradloom
