// What a sleeping thread waits for, from /proc and without stopping it: the system call, its
// arguments, and the other end by name.
#pragma once

#include "analyzers/event.h"
#include "tracer/engine/tracee.h"

namespace ttrace {

/// `syscall.name` is empty if the thread runs. Without its stack.
ThreadBlocked blocked_call(const Process& process, Pid tid);

}  // namespace ttrace
