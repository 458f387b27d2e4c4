// `ttrace explore`: runs the command once to learn what it connects to, then once for each of these
// with that one failing, and tells which failure hangs it.
#pragma once

#include "tracer/cli/explore_options.h"

namespace ttrace {

/// Returns the exit status for main: that of the first run, or 10 with --fail-on. Throws UserError
/// for what the user can mend.
int explore(const ExploreOptions& options);

}  // namespace ttrace
