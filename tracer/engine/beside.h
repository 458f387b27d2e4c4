// Running a command in the namespaces of a process that runs already: beside a crashed --init, for
// which these are the machine, as the kernel runs the program of a core_pattern.
#pragma once

#include <sys/types.h>

namespace ttrace {

/// fork(2), with the child in the pid namespace of the process of this pidfd. Throws UserError.
pid_t fork_beside(int pidfd);

/// In that child: enters the other namespaces. Throws UserError.
void enter_beside(int pidfd);

}  // namespace ttrace
