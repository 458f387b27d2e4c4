// The child's half of a launch: runs after fork and never returns to the tracer's code.
#pragma once

#include "tracer/base/held_signals.h"
#include "tracer/engine/init_cgroup.h"
#include "tracer/engine/launch.h"

namespace ttrace {

/// What the child tells its parent, whole, through a pipe that closes at exec.
struct ChildReport {
  enum class Kind : int { kReady, kNoNewPrivs, kFailed } kind;
  int exit_status;  // for kFailed
  char message[768];
  char hint[256];
};

/// Prepares, reports readiness on `report_fd`, waits for the filter on `go_fd` (its length, 32
/// bits, then its instructions), loads it, and executes. `cgroup`: for --init, else null. `held`:
/// the signals that it was started with blocked; they act once it is traced.
[[noreturn]] void run_child(const LaunchOptions& options, const InitCgroup* cgroup,
                            const HeldSignals& held, int go_fd, int report_fd);

}  // namespace ttrace
