// How fast this machine multiplies matrices right now, measured by a process of its own so that its memory and threads
// are not those of what it is compared with.
#pragma once

#include <sys/types.h>

namespace gradloom {

class ProductPeak {
 public:
  /// Starts the process. To be called before the caller has threads. A UserError (Fault::system) when it cannot start.
  explicit ProductPeak(int threads);
  ~ProductPeak();
  ProductPeak(const ProductPeak&) = delete;
  ProductPeak& operator=(const ProductPeak&) = delete;

  /// Measures now; the caller waits and computes nothing meanwhile.
  void measure();
  /// The best of all measurements, in GFLOP/s of a float32 product 2048^3.
  double best() const { return best_; }

 private:
  pid_t process_ = -1;
  int requests_ = -1, answers_ = -1;
  double best_ = 0;
};

}  // namespace gradloom
