// What becomes of a core, as far as it can be told of a process that is gone already: from what it
// said of itself before it died, and what the machine says.
#pragma once

#include <string>

#include "analyzers/event.h"
#include "preload/library/channel.h"

namespace ttrace::preload {

/// `root`: a path to the targets' root directory.
CoreConditions core_conditions(const FatalRecord& record, const ProcessRef& process,
                               const std::string& root);

/// Sets the size of the core in `end` if there is a file at `path` since `since` (time(2)).
void look_for_core(const std::string& path, std::int64_t since, CrashEnd& end);

}  // namespace ttrace::preload
