// Since when a thread that runs already has been blocked: nobody saw it begin.
#pragma once

#include <chrono>
#include <optional>

#include "tracer/base/types.h"

namespace ttrace {

/// How long ago the thread last ran, by the scheduler's own notes (/proc/TID/sched, Linux
/// kernel/sched/debug.c: se.exec_start). It may have been blocked for longer, had it woken up only
/// to wait again. nullopt: the kernel does not tell.
std::optional<std::chrono::nanoseconds> time_since_it_ran(Pid tid);

}  // namespace ttrace
