// The calls of a profile as a trace that chrome://tracing and Perfetto show as nested bars.
#pragma once

#include <string>

#include "runtime/profile.h"

namespace gradloom {

/// As many calls as viewers still like: those of a run's first steps.
inline constexpr std::size_t most_trace_events = 200'000;

/// A JSON object of the Trace Event Format (complete events, microseconds from the first). When the profile kept fewer
/// calls than there were, `otherData` says how many are missing.
std::string trace_json(const Profile& profile);

}  // namespace gradloom
