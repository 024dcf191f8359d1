// Complete events ("ph": "X"), one a line.
#include "serialization/trace.h"

#include "base/text.h"
#include "serialization/json_writer.h"

namespace gradloom {

std::string trace_json(const Profile& profile) {
  using Microseconds = std::chrono::duration<double, std::micro>;
  Profile::Clock::time_point begin =
      profile.events().empty() ? Profile::Clock::time_point() : Profile::Clock::time_point::max();
  for (const Profile::Event& event : profile.events()) begin = std::min(begin, event.begin);
  std::string lines;
  for (const Profile::Event& event : profile.events()) {
    lines += concat_text(
        lines.empty() ? "\n" : ",\n", "{\"name\": ", json_string(event.row->op),
        ", \"cat\": ", json_string(event.row->graph),
        ", \"ph\": \"X\", \"pid\": 1, \"tid\": 1, \"ts\": ", json_number(Microseconds(event.begin - begin).count()),
        ", \"dur\": ", json_number(Microseconds(event.time).count()),
        ", \"args\": {\"node\": ", json_string(event.row->name), ", \"shapes\": ", json_string(event.row->shapes),
        "}}");
  }
  return concat_text("{\"displayTimeUnit\": \"ms\", \"otherData\": {\"calls_left_out\": ", profile.events_left_out(),
                     "}, \"traceEvents\": [", lines, "\n]}\n");
}

}  // namespace gradloom
