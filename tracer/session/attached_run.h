// One watch over processes that run already, from the attach to its findings.
#pragma once

#include "tracer/cli/attach_options.h"
#include "tracer/session/one_run.h"

namespace ttrace {

/// Returns when the processes have ended or ttrace was asked to. UserError when there is none to
/// attach to, or one cannot be.
RunResult attach_once(const AttachOptions& options);

}  // namespace ttrace
