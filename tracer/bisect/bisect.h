// `ttrace bisect`: runs the command at many clocks, and finds the seconds at which what it does
// changes.
#pragma once

#include "tracer/cli/bisect_options.h"

namespace ttrace {

/// Returns the exit status for main: that of the first run, 10 with --fail-on, or 125 if the
/// command is so unsteady that nothing can be said. Throws UserError for what the user can mend.
int bisect(const BisectOptions& options);

}  // namespace ttrace
