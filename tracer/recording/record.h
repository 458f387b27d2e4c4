// What a recording holds, one record after the other: a start, the events, and an end if the run
// came to one. The bytes of each are those of wire.h.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "analyzers/event.h"
#include "analyzers/run_info.h"

namespace ttrace {

/// What was known as the run began, and what its report was made with.
struct RecordingStart {
  RunInfo info;
  std::vector<std::string> analyzers;
  std::uint64_t stack_depth = 0;
};

/// The facts of the whole run.
struct RecordingEnd {
  RunInfo info;
};

using Record = std::variant<RecordingStart, Event, RecordingEnd>;

std::string encode(const Record& record);

/// Nothing if `bytes` are not wholly and exactly one record. What they hold is hostile still, but
/// an index into a list is within it.
std::optional<Record> decode(std::string_view bytes);

}  // namespace ttrace
