// The ptrace requests the tracer uses, as functions that say whether the tracee is still there.
// Source of all rules here and in this folder: ptrace(2), and Linux 6.1 kernel/ptrace.c.
#pragma once

#include <sys/ptrace.h>

#include <csignal>
#include <cstdint>
#include <optional>

#include "tracer/base/result.h"
#include "tracer/base/types.h"
#include "tracer/engine/native.h"  // registers

namespace ttrace {

using SyscallInfo = __ptrace_syscall_info;

/// How system calls come to the tracer, and what becomes of a target without it.
enum class Watch {
  /// A seccomp filter that was loaded before the program ran stops those that are subscribed to.
  /// The targets die with ttrace.
  kFilter,
  /// Each system call stops, at its entry and at its exit. That costs every call two stops (some
  /// 10 to 50 us), but changes nothing in the process: a filter of ours, once loaded into a process
  /// that runs already, could never be taken out again. The targets go on without ttrace.
  kEachCall,
};

/// Takes `tid` under trace without stopping it.
Status seize(Pid tid, Watch watch);

/// A result that only a tracer sees: the call was interrupted, and is made again unless a handler
/// runs first (ERESTARTSYS to ERESTART_RESTARTBLOCK, Linux include/linux/errno.h).
constexpr bool is_restart(std::int64_t result) { return result <= -512 && result >= -516; }
/// The one of a call that is made again unless a handler runs (ERESTARTNOHAND).
constexpr std::int64_t kRestartUnlessHandled = -514;

/// How a stopped thread goes on.
enum class Resume {
  kFree,       // to the next event
  kToSyscall,  // to the next system call entry or exit
  kStep,       // one instruction
  kListen,     // stay in the group stop, but hear of its end
};
Status resume(Pid tid, Resume how, int signal = 0);

Result<SyscallInfo> syscall_info(Pid tid);
Result<siginfo_t> get_siginfo(Pid tid);
/// Of the signal that is about to be delivered.
Status set_siginfo(Pid tid, const siginfo_t& info);
/// The message of the current PTRACE_EVENT stop.
Result<std::uint64_t> event_message(Pid tid);
Result<std::uint64_t> get_signal_mask(Pid tid);
Status set_signal_mask(Pid tid, std::uint64_t mask);
Status interrupt(Pid tid);
Status detach(Pid tid, int signal);

}  // namespace ttrace
