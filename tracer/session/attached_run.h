// One watch over processes that run already, from the attach to its findings.
#pragma once

#include <functional>

#include "analyzers/event.h"
#include "tracer/cli/attach_options.h"
#include "tracer/session/one_run.h"

namespace ttrace {

/// Returns when the processes have ended or ttrace was asked to. UserError when there is none to
/// attach to, or one cannot be. Of `seams`, on_begin is called once the processes are taken, and
/// on_event with each event as it happens, both from a thread of the watch's own.
RunResult attach_once(const AttachOptions& options, const RunSeams& seams);

}  // namespace ttrace
