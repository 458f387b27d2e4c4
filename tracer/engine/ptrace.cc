#include "tracer/engine/ptrace.h"

#include <cerrno>

namespace ttrace {
namespace {

// `address` and `data` are no wider than what glibc's ptrace() takes from its variable arguments.
template <typename Data>
Status request(const char* name, __ptrace_request what, Pid tid, std::size_t address, Data data) {
  static_assert(sizeof data <= sizeof(void*));
  if (ptrace(what, raw(tid), address, data) == -1) return Error{name, tid, errno};
  return Done{};
}

}  // namespace

Status seize(Pid tid, Watch watch) {
  constexpr std::size_t kOptions = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK |
                                   PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXIT;
  // A filter of the target's own that asks for a tracer gets the answer it has without one.
  constexpr std::size_t kOwnOptions = PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP;
  return request("PTRACE_SEIZE", PTRACE_SEIZE, tid, 0,
                 watch == Watch::kFilter ? kOptions | kOwnOptions : kOptions);
}

Status resume(Pid tid, Resume how, int signal) {
  switch (how) {
    case Resume::kFree:
      return request("PTRACE_CONT", PTRACE_CONT, tid, 0, signal);
    case Resume::kToSyscall:
      return request("PTRACE_SYSCALL", PTRACE_SYSCALL, tid, 0, signal);
    case Resume::kStep:
      return request("PTRACE_SINGLESTEP", PTRACE_SINGLESTEP, tid, 0, signal);
    case Resume::kListen:
      return request("PTRACE_LISTEN", PTRACE_LISTEN, tid, 0, 0);
  }
  return Error{"resume", tid, EINVAL};
}

Result<SyscallInfo> syscall_info(Pid tid) {
  SyscallInfo info{};
  if (ptrace(PTRACE_GET_SYSCALL_INFO, raw(tid), sizeof info, &info) == -1) {
    return Error{"PTRACE_GET_SYSCALL_INFO", tid, errno};
  }
  return info;
}

Result<siginfo_t> get_siginfo(Pid tid) {
  siginfo_t info{};
  if (ptrace(PTRACE_GETSIGINFO, raw(tid), 0, &info) == -1) {
    return Error{"PTRACE_GETSIGINFO", tid, errno};
  }
  return info;
}

Status set_siginfo(Pid tid, const siginfo_t& info) {
  return request("PTRACE_SETSIGINFO", PTRACE_SETSIGINFO, tid, 0, &info);
}

Result<std::uint64_t> event_message(Pid tid) {
  unsigned long message = 0;
  if (ptrace(PTRACE_GETEVENTMSG, raw(tid), 0, &message) == -1) {
    return Error{"PTRACE_GETEVENTMSG", tid, errno};
  }
  return std::uint64_t{message};
}

Result<std::uint64_t> get_signal_mask(Pid tid) {
  std::uint64_t mask = 0;
  if (ptrace(PTRACE_GETSIGMASK, raw(tid), sizeof mask, &mask) == -1) {
    return Error{"PTRACE_GETSIGMASK", tid, errno};
  }
  return mask;
}

Status set_signal_mask(Pid tid, std::uint64_t mask) {
  return request("PTRACE_SETSIGMASK", PTRACE_SETSIGMASK, tid, sizeof mask, &mask);
}

Status interrupt(Pid tid) { return request("PTRACE_INTERRUPT", PTRACE_INTERRUPT, tid, 0, 0); }

Status detach(Pid tid, int signal) {
  return request("PTRACE_DETACH", PTRACE_DETACH, tid, 0, signal);
}

}  // namespace ttrace
