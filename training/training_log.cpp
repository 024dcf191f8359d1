// Appending lines over plain POSIX calls, which tests can make fail.
#include "training/training_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "serialization/file.h"

namespace gradloom {

LineLog::LineLog(std::string path, std::int64_t size) : path_(std::move(path)) {
  file_ = file_calls().open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file_ < 0) refuse("open", errno);
  struct stat state {};
  if (::fstat(file_, &state) != 0) refuse("read", errno);
  size_ = state.st_size;
  if (size < 0) return;
  bool is_whole = size_ >= size;
  bool is_cut = is_whole && ::ftruncate(file_, size) == 0;
  int error = errno;
  if (!is_cut) file_calls().close(std::exchange(file_, -1));
  require(is_whole, Fault::input, path_, " has ", size_, " bytes but had ", size, " at the last checkpoint");
  if (!is_cut) refuse("cut", error);
  size_ = size;
}

LineLog::~LineLog() {
  if (file_ >= 0) file_calls().close(file_);
}

void LineLog::append(const std::string& line) {
  std::string bytes = line + "\n";
  for (std::size_t done = 0; done < bytes.size();) {
    ssize_t count = file_calls().write(file_, bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) refuse("write", errno);
    done += static_cast<std::size_t>(count);
  }
  size_ += static_cast<std::int64_t>(bytes.size());
}

void LineLog::sync() {
  if (file_calls().sync(file_) != 0) refuse("sync", errno);
}

void LineLog::refuse(const char* action, int error) const {
  throw UserError(concat_text("cannot ", action, " ", path_, ": ", std::generic_category().message(error), " (at byte ",
                              size_, ")"),
                  Fault::system);
}

}  // namespace gradloom
