// The signals that dump core by default. The library stands in front of each handler for one, and
// of the default action, to tell of the signal before it does what it would have done.
//
// In the kernel the action for such a signal is ttrace_on_signal (entry.S), with the program's own
// flags and mask. It asks ttrace_deliver(), and then jumps to the program's handler, which finds
// the stack and the registers as the kernel made them. What the program set is kept here, and is
// what it reads back.
#pragma once

#include <signal.h>

#include "preload/library/system.h"

namespace ttrace::preload {

/// Begins to watch, as the program starts.
void watch_signals();

/// This process has its memory to itself: it is not a child of vfork() that runs on its parent's.
/// A process that was just forked, in whatever way, tells of itself now.
bool owns_memory();

/// In the child of fork(): it tells of itself.
void after_fork();

/// From here on the process may be allowed few system calls: those of the default actions are
/// given up, and what handlers are for is no longer told.
void before_confinement();

extern "C" {
/// In entry.S.
[[gnu::visibility("hidden")]] void ttrace_on_signal(int signal, siginfo_t* info, void* context);
/// The handler to jump to; 0: none, the signal comes again. `has_room`: on a stack of the library's
/// own; without it little is left of the program's, maybe. `frame`: where the kernel left the
/// address to return to.
[[gnu::visibility("hidden")]] unsigned long ttrace_deliver(int signal, siginfo_t* info,
                                                           void* context, unsigned has_room,
                                                           unsigned long frame);
}

}  // namespace ttrace::preload
