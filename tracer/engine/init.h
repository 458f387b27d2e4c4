// Running the command as PID 1 of new pid, mount, UTS and IPC namespaces (--init), so that an init
// can be watched, and crashed, on a machine that has one already.
#pragma once

#include <sys/types.h>

namespace ttrace {

/// fork(2), with the child as PID 1 of namespaces of its own. Throws UserError.
pid_t fork_init();

/// In that child, in its root if it has one of its own: a /proc of its processes, with /proc/sys
/// and /sys read-only, since an init would set the machine up. Throws UserError.
void enter_init();

}  // namespace ttrace
