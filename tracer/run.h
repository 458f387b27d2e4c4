// `ttrace run` and `ttrace attach`: from checked options to the written report.
#pragma once

#include "tracer/cli/attach_options.h"
#include "tracer/cli/options.h"

namespace ttrace {

/// Runs the command and writes the reports. Returns the exit status for main: the target's own
/// (128+N for signal N), or 10 with --fail-on. Throws UserError for what the user can mend.
int run(const RunOptions& options);

/// Watches processes that run already, until they end or ttrace is asked to, and writes the
/// reports. Returns 0, or 10 with --fail-on. Throws UserError.
int attach(const AttachOptions& options);

}  // namespace ttrace
