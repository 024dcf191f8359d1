// A file that lives as long as a test needs it.
#pragma once

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

namespace gradloom {

class ScratchFile {
 public:
  explicit ScratchFile(const std::string& content, const std::string& ending = "") {
    static int count = 0;
    path_ = (std::filesystem::temp_directory_path() /
             ("gradloom-test-" + std::to_string(getpid()) + "-" + std::to_string(++count) + ending))
                .string();
    std::ofstream(path_, std::ios::binary) << content;
  }
  ~ScratchFile() { std::remove(path_.c_str()); }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace gradloom
