// Running one command at two clocks, and judging what the later one changed.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tracer/audit/run/job.h"

namespace ttrace::audit {

struct RunSettings {
  std::int64_t now = 0;    // seconds since the epoch
  std::int64_t later = 0;  // past the limit
  Duration limit{0};       // of one run
};

/// The functions of a C library that were called since it was asked last, as far as that is known.
using Calls = std::function<std::vector<std::string>()>;

/// In a process of its own, whose environment and standard files are those of the command. The
/// command runs contained: it can reach nothing of the machine, and leaves nothing behind.
JobResult try_job(const Job& job, const RunSettings& settings, const Calls& calls);

}  // namespace ttrace::audit
