// An event in words: its kind for scripts, and a line for people.
#pragma once

#include <string>
#include <string_view>

#include "analyzers/event.h"

namespace ttrace {

/// "connect", "process-started", …: a name of its own for each kind of event.
std::string_view event_kind(const Event& event);

/// What happened, without when and to whom: "connect to 127.0.0.1:80 (http), 1.02 s, ETIMEDOUT".
/// Holds bytes of the target as they are.
std::string event_text(const Event& event);

/// "sudo[12]", "java[12] thread 14".
std::string process_text(const ProcessRef& process);

/// "open("/x", O_RDONLY) = 3".
std::string syscall_text(const SyscallText& syscall);

/// "ETIMEDOUT"; "errno 999" where there is no name.
std::string errno_text(int error);

/// "exits with status 1", "is killed by SIGSEGV", "is gone" where neither is known.
std::string exit_text(const std::optional<int>& code, const std::optional<int>& signal);

}  // namespace ttrace
