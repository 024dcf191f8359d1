// A lock of the kernel on the open folder: it ends with the process, however that ends.
#include "training/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/error.h"

namespace gradloom {

FolderLock::FolderLock(const std::string& folder) : file_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (file_ < 0 && (errno == ENOENT || errno == ENOTDIR)) return;
  bool is_locked = file_ >= 0 && ::flock(file_, LOCK_EX | LOCK_NB) == 0;
  int error = errno;
  if (is_locked) return;
  if (file_ >= 0) ::close(file_);
  require(error != EWOULDBLOCK, Fault::usage, folder, ": another process trains this model now");
  throw UserError(concat_text("cannot open ", folder, ": ", std::generic_category().message(error)), Fault::input);
}

FolderLock::~FolderLock() {
  if (file_ >= 0) ::close(file_);
}

}  // namespace gradloom
