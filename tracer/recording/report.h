// `ttrace report`: what a run's report would have said, from its recording.
#pragma once

#include "tracer/cli/replay_options.h"

namespace ttrace {

/// Returns the exit status: 0, or 10 for --fail-on. UserError when there is nothing to report.
int report(const ReplayOptions& options);

}  // namespace ttrace
