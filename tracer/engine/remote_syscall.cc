#include "tracer/engine/remote_syscall.h"

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "tracer/engine/ptrace.h"
#include "tracer/engine/stop_wait.h"

namespace ttrace {

RemoteSyscalls::RemoteSyscalls(Pid tgid, Pid tid, const user_regs_struct& regs,
                               RemotePtr instruction)
    : tgid_(tgid), tid_(tid), saved_(regs), instruction_(instruction) {
  const auto mask = get_signal_mask(tid);
  if (!mask) return;
  saved_mask_ = *mask;
  mask_changed_ = static_cast<bool>(set_signal_mask(tid, ~std::uint64_t{0}));
}

RemoteSyscalls::~RemoteSyscalls() {
  if (gone_) return;
  (void)set_regs(tid_, saved_);
  if (mask_changed_) (void)set_signal_mask(tid_, saved_mask_);
  for (const int signal : postponed_) syscall(SYS_tgkill, raw(tgid_), raw(tid_), signal);
}

// One step over the instruction is one stop, where entry and exit stops would be two. All signals
// are blocked but SIGKILL and SIGSTOP; the latter is put off.
Status RemoteSyscalls::step() {
  for (;;) {
    if (auto status = resume(tid_, Resume::kStep); !status) return status;
    int status = 0;
    pid_t stopped;
    do {
      stopped = wait_awake(raw(tid_), status);
    } while (stopped < 0 && errno == EINTR);  // the tick of --timeout, a signal to ttrace
    if (stopped < 0 || !WIFSTOPPED(status)) {
      gone_ = true;
      return Error{"remote system call", tid_, ESRCH};
    }
    const int event = status >> 16;
    if (event == 0 && WSTOPSIG(status) == SIGTRAP) return Done{};
    if (event == PTRACE_EVENT_EXIT) {
      gone_ = true;
      (void)resume(tid_, Resume::kFree);
      return Error{"remote system call", tid_, ESRCH};
    }
    if (event == 0) postponed_.push_back(WSTOPSIG(status));
  }
}

Result<std::uint64_t> RemoteSyscalls::call(SyscallNr nr, std::array<std::uint64_t, 6> args) {
  if (gone_) return Error{"remote system call", tid_, ESRCH};
  user_regs_struct regs = saved_;
  regs.rax = static_cast<std::uint64_t>(raw(nr));
  regs.rip = raw(instruction_);
  // No system call is being left: the kernel must not restart one (orig_rax is -1 then).
  regs.orig_rax = ~std::uint64_t{0};
  if (abi_of(saved_) == Abi::kI386) {
    regs.rbx = args[0], regs.rcx = args[1], regs.rdx = args[2];
    regs.rsi = args[3], regs.rdi = args[4], regs.rbp = args[5];
  } else {
    regs.rdi = args[0], regs.rsi = args[1], regs.rdx = args[2];
    regs.r10 = args[3], regs.r8 = args[4], regs.r9 = args[5];
  }
  if (auto status = set_regs(tid_, regs); !status) return status.error();
  if (auto status = step(); !status) return status.error();
  const auto after = get_regs(tid_);
  if (!after) return after.error();
  const bool narrow = abi_of(saved_) == Abi::kI386;
  const std::int64_t result =
      narrow ? static_cast<std::int32_t>(after->rax) : static_cast<std::int64_t>(after->rax);
  if (result < 0 && result > -4096) {
    return Error{"remote system call", tid_, static_cast<int>(-result)};
  }
  return narrow ? after->rax & 0xffffffffu : after->rax;
}

}  // namespace ttrace
