// What a descriptor of the target leads to, in words for a reader: who is at the other end.
#pragma once

#include <string>

#include "tracer/engine/tracee.h"

namespace ttrace {

/// "cat[12]", or "12" once it is gone.
std::string process_text(int pid);

/// "a TCP connection to 10.0.0.1:80", "a pipe that cat[12] has open too", "/dev/tty".
std::string descriptor_text(const Process& process, Pid tid, int fd);

/// The owner of the lock that somebody has on the file of `fd` (proc_locks(5)).
std::string lock_text(const Process& process, int fd);

}  // namespace ttrace
