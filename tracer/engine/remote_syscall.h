// System calls made by a stopped tracee on the tracer's behalf.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "tracer/abi/abi.h"
#include "tracer/base/result.h"

namespace ttrace {

/// Lets one thread, stopped at PTRACE_EVENT_EXEC, run system calls. The destructor puts registers
/// and signal mask back; signals that came meanwhile are sent again.
class RemoteSyscalls {
 public:
  /// `instruction`: where `syscall` (x86-64) or `int $0x80` (i386) stands. `room`: code that may be
  /// changed for a while, kRoom bytes of it.
  RemoteSyscalls(Pid tgid, Pid tid, const Registers& regs, RemotePtr instruction, RemotePtr room);
  ~RemoteSyscalls();
  RemoteSyscalls(const RemoteSyscalls&) = delete;
  RemoteSyscalls& operator=(const RemoteSyscalls&) = delete;

  /// The call's result, or its errno, or ESRCH when the tracee died in it.
  Result<std::uint64_t> call(SyscallNr nr, std::array<std::uint64_t, 6> args);

  static constexpr std::size_t kRoom = 8;

 private:
  using Code = std::array<std::uint8_t, kRoom>;
  Code code_for(SyscallNr nr) const;
  Status run_first(Registers regs, SyscallNr nr);
  Status run_to_trap(bool by_step);

  Pid tgid_, tid_;
  Registers saved_;
  RemotePtr instruction_, room_;
  bool in_execve_ = true;
  std::uint64_t saved_mask_ = 0;
  bool mask_changed_ = false;
  bool gone_ = false;
  std::vector<int> postponed_;
};

}  // namespace ttrace
