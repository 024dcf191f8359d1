// Checkpoints: all variables and the position, so written that the newest announced one always loads.
#pragma once

#include "training/model_files.h"
#include "training/position.h"

namespace gradloom {

/// Replaces state.safetensors, which holds the position too so that variables and position cannot part, then
/// position.json, which repeats it for people.
void write_checkpoint(const ModelFiles& files, const Session& session, const TrainingPosition& position);

/// The position of the newest checkpoint. State that others wrote has none; then position.json is what counts.
TrainingPosition read_position(const ModelFiles& files);

/// Makes renames inside a folder durable. A UserError (Fault::system) when that fails.
void sync_folder(const std::string& folder);

}  // namespace gradloom
