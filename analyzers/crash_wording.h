// The words of crash.* findings: each event of a story as one line.
#pragma once

#include <string>

#include "analyzers/finding.h"

namespace ttrace {

/// "SIGSEGV".
std::string crash_signal_name(int signal);

/// "unlimited", or the number.
std::string limit_text(std::uint64_t value);

/// "prctl(PR_SET_DUMPABLE, 0) = 0", "chdir("/nosuch") fails with ENOENT".
std::string call_text(const SyscallText& call);

/// "SIGSEGV at 0x0 (not mapped) in g_hash_lookup", "SIGQUIT from bash[12] in pause".
std::string fatal_text(const FatalSignal& fatal);

/// One line, without who does it. `handler`: the function that runs, "" if it is not known.
std::string step_text(const CrashStep& step, const std::string& handler);
/// A word for scripts: "fork", "raise", "wait" …
std::string step_kind(const CrashStep& step);

/// "killed by SIGSEGV, core dumped", "exits with status 1".
std::string end_text(const CrashEnd& end);

/// The name of the innermost frame that has one; empty: none has.
std::string innermost_function(const Stack& stack);

}  // namespace ttrace
