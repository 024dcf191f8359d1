// state.safetensors is the checkpoint: one file, replaced whole or not at all.
#include "training/checkpoint.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/error.h"
#include "serialization/file.h"
#include "serialization/safetensors.h"

namespace gradloom {

namespace {

constexpr const char* format_key = "format";
constexpr const char* format_name = "gradloom-state";
constexpr const char* position_key = "position";

}  // namespace

void write_checkpoint(const ModelFiles& files, const Session& session, const TrainingPosition& position) {
  Safetensors content;
  for (const Variable& variable : session.module().variables())
    content.tensors.emplace_back(variable.name, session.variable(variable.name));
  std::string text = position_json(position);
  content.metadata[format_key] = format_name;
  content.metadata[position_key] = text;
  write_safetensors(files.state(), content);
  write_file(files.position(), text);
}

TrainingPosition read_position(const ModelFiles& files) {
  Safetensors content = read_safetensors(files.state());
  auto position = content.metadata.find(position_key);
  if (position != content.metadata.end()) return parse_position(position->second, files.state() + ", position");
  return parse_position(read_file(files.position(), std::uint64_t{1} << 20), files.position());
}

void sync_folder(const std::string& folder) {
  int file = file_calls().open(folder.c_str(), O_RDONLY | O_DIRECTORY, 0);
  int reason = errno;
  if (file >= 0 && file_calls().sync(file) != 0) {
    reason = errno;
    file_calls().close(file);
    file = -1;
  }
  require(file >= 0, Fault::system, "cannot sync ", folder, ": ", std::generic_category().message(reason));
  file_calls().close(file);
}

}  // namespace gradloom
