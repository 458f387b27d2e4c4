// One run of a command under trace, from its launch to its findings: all that `ttrace run` and each
// trial of `ttrace explore` have in common.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "analyzers/event.h"
#include "analyzers/finding.h"
#include "analyzers/run_info.h"
#include "tracer/cli/options.h"
#include "tracer/clock/run_clock.h"
#include "tracer/engine/launch.h"

namespace ttrace {

struct RunResult {
  RunInfo info;
  std::vector<Finding> findings;
  int status = 0;            // as main() returns it: the target's own, 128+N for signal N
  bool timed_out = false;    // --timeout ended the target
  bool interrupted = false;  // ttrace was asked to end, from the keyboard or by a signal
};

struct RunSeams {
  StandardFiles files;                         // of the target
  std::function<void(const Event&)> on_event;  // may be empty, as those below
  /// True: a signal has asked for the end before the run could take notice; the
  /// command is not run then.
  std::function<bool()> is_stopped;
  /// Where it can reach nothing of the machine (namespaces of its own, no network), and leaves
  /// nothing running. Takes root.
  bool contained = false;
  std::string directory{};  // to start in, if it is there; empty: where ttrace is
  /// The command is about to run: what is known of the run so far.
  std::function<void(const RunInfo&)> on_begin{};
};

/// UserError when the command never ran.
RunResult run_once(const RunOptions& options, const RunSeams& seams = {});

/// What is known of a run as its clock begins.
RunInfo first_facts(const RunOptions& options, const RunClock& clock);
/// How the command ended, from its wait status.
void set_exit(RunInfo& info, int wait_status);

LaunchOptions launch_options(const RunOptions& options);

}  // namespace ttrace
