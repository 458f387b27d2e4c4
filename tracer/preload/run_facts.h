// What a channel tells of its whole run.
#pragma once

#include "analyzers/run_info.h"
#include "tracer/preload/channel_reader.h"
#include "tracer/preload/events.h"

namespace ttrace::preload {

/// After the last record. `root`: a path to the targets' root directory.
void describe_run(const EventMaker& events, const ChannelReader& channel, const std::string& root,
                  RunInfo& info);

}  // namespace ttrace::preload
