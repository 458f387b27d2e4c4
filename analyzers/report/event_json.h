// An event as JSON, for formats that tell of each.
#pragma once

#include "analyzers/event.h"
#include "analyzers/report/json_parts.h"

namespace ttrace {

/// Its kind, time, process and a line of text, and all that it holds; `depth` frames of each stack.
/// docs/schema/ttrace-event-1.json describes it.
Json event_json(const Event& event, std::size_t depth);

}  // namespace ttrace
