#include "tracer/engine/remote_syscall.h"

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tracer/engine/ptrace.h"
#include "tracer/engine/remote_memory.h"

namespace ttrace {

RemoteSyscalls::RemoteSyscalls(Pid tgid, Pid tid, const Registers& regs, RemotePtr instruction,
                               RemotePtr room)
    : tgid_(tgid), tid_(tid), saved_(regs), instruction_(instruction), room_(room) {
  const auto mask = get_signal_mask(tid);
  if (!mask) return;
  saved_mask_ = *mask;
  mask_changed_ = static_cast<bool>(set_signal_mask(tid, ~std::uint64_t{0}));
}

RemoteSyscalls::~RemoteSyscalls() {
  if (gone_) return;
  if (!in_execve_) (void)set_regs(tid_, saved_);
  if (mask_changed_) (void)set_signal_mask(tid_, saved_mask_);
  for (const int signal : postponed_) syscall(SYS_tgkill, raw(tgid_), raw(tid_), signal);
}

// mov $nr, %eax; syscall, or int $0x80; int3
RemoteSyscalls::Code RemoteSyscalls::code_for(SyscallNr nr) const {
  Code code{0xb8};
  const std::int32_t number = raw(nr);
  std::memcpy(&code[1], &number, sizeof number);
  const bool narrow = abi_of(saved_) == Abi::kI386;
  code[5] = narrow ? 0xcd : 0x0f;
  code[6] = narrow ? 0x80 : 0x05;
  code[7] = 0xcc;
  return code;
}

// The way out of execve sets %eax to its result, so the number of the first call must be loaded
// behind that. From then on it is as if execve had returned.
Status RemoteSyscalls::run_first(Registers regs, SyscallNr nr) {
  const MemoryFile memory(tgid_);
  Code former;
  const Code code = code_for(nr);
  if (auto status = read_memory(tgid_, room_, former.data(), former.size()); !status) return status;
  if (auto status = memory.write(room_, code.data(), code.size()); !status) return status;
  regs.rip = raw(room_);
  if (auto status = set_regs(tid_, regs); !status) return status;
  const auto status = run_to_trap(false);
  (void)memory.write(room_, former.data(), former.size());
  in_execve_ = false;
  saved_.rax = 0;
  saved_.orig_rax = ~std::uint64_t{0};
  return status;
}

// One step over the instruction is one stop, where entry and exit stops would be two. All signals
// are blocked but SIGKILL and SIGSTOP; the latter is put off.
Status RemoteSyscalls::run_to_trap(bool by_step) {
  for (;;) {
    if (auto status = resume(tid_, by_step ? Resume::kStep : Resume::kFree); !status) return status;
    int status = 0;
    pid_t stopped;
    do {
      stopped = waitpid(raw(tid_), &status, __WALL);
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
  Registers regs = saved_;
  regs.rax = static_cast<std::uint64_t>(raw(nr));
  regs.rip = raw(instruction_);
  // No system call is being left: the kernel must not restart one (orig_rax is -1 then).
  regs.orig_rax = ~std::uint64_t{0};
  set_arguments(regs, args);
  if (in_execve_) {
    if (auto status = run_first(regs, nr); !status) return status.error();
  } else {
    if (auto status = set_regs(tid_, regs); !status) return status.error();
    if (auto status = run_to_trap(true); !status) return status.error();
  }
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
