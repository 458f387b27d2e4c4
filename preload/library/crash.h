// What decides about a crash and its core, as it is set, and the crash itself.
#pragma once

#include <signal.h>

#include "preload/library/system.h"

namespace ttrace::preload {

/// The program set what becomes of a signal: SIG_DFL, SIG_IGN or a handler's address.
void tell_action(int signal, unsigned long handler, u32 flags);

/// A signal has come. Makes system calls and nothing else; does not keep errno. `frame`: where the
/// kernel left the address that its handler returns to.
void tell_fatal(int signal, const siginfo_t& info, void* context, unsigned long handler,
                unsigned long frame);

/// From here on tell_fatal() makes no system calls, and tells nothing.
void stop_telling();

}  // namespace ttrace::preload
