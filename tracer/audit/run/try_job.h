// Running one command at two clocks, and judging what the later one changed.
#pragma once

#include "tracer/audit/run/call_counters.h"
#include "tracer/audit/run/job.h"

namespace ttrace::audit {

struct RunSettings {
  std::int64_t now = 0;    // seconds since the epoch
  std::int64_t later = 0;  // past the limit
  Duration limit{0};       // of one run
};

/// In a process of its own, whose environment and standard files are those of the command. The
/// command runs contained: it can reach nothing of the machine, and leaves nothing behind.
JobResult try_job(const Job& job, const RunSettings& settings, CallCounters& counters);

}  // namespace ttrace::audit
