// One process at a time trains a folder, or replaces it: the lock that sees to it.
#pragma once

#include <string>

namespace gradloom {

/// Locked as long as the object lives. A folder that does not exist is not locked: whoever reads it then says what is
/// missing. A UserError (Fault::usage) when another process holds the lock.
class FolderLock {
 public:
  explicit FolderLock(const std::string& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int file_;
};

}  // namespace gradloom
