// System calls made by a thread of a process that is not ours, on the tracer's behalf. However the
// tracer ends meanwhile, the thread goes on as if nothing had been: the code that it runs restores
// its registers by itself. So no single step is made, whose trap would kill a process without a
// tracer, no signal is blocked, and nothing is written to the stack, which may be as small as Go's.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "tracer/abi/abi.h"
#include "tracer/base/result.h"
#include "tracer/engine/remote_memory.h"

namespace ttrace {

/// Bytes of executable memory that nobody uses, for the code and the registers.
constexpr std::size_t kHarmlessRoom = 256;

class HarmlessCalls {
 public:
  /// The thread is stopped by PTRACE_EVENT_STOP, or at the exit of a system call. `room` is put
  /// back by the destructor.
  HarmlessCalls(Pid process, Pid tid, RemotePtr room);
  ~HarmlessCalls();
  HarmlessCalls(const HarmlessCalls&) = delete;
  HarmlessCalls& operator=(const HarmlessCalls&) = delete;

  /// The call's result or errno; EINTR: something else stopped the thread, see status(). Afterwards
  /// it is in a PTRACE_EVENT_STOP with its own registers, unless it is gone.
  Result<std::uint64_t> call(SyscallNr nr, std::array<std::uint64_t, 6> args);
  /// The wait status of the stop in which the thread is left.
  int status() const { return status_; }

 private:
  Status run_to(bool to_event);
  Result<std::uint64_t> finish(Error error);
  std::vector<std::uint8_t> code() const;

  Pid tid_;
  RemotePtr room_;
  MemoryFile memory_;
  Registers saved_{};
  std::vector<std::uint8_t> former_;  // what was in the room; empty: it cannot be used
  int status_ = 0;
};

}  // namespace ttrace
