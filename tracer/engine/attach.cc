// The part of Tracer about processes that run already: how they are taken, and how they are let go
// so that they do not notice.
//
// PTRACE_INTERRUPT, the stop of PTRACE_SEIZE's other requests, and a signal that the target ignores
// end a blocking call. The kernel makes most of them again by itself, since no handler ran
// (ERESTARTSYS and its like); some end with EINTR even so (signal(7), "Interruption of system calls
// … by stop signals"). These are given the result that has the kernel make them again unless a
// handler runs: ERESTARTNOHAND.
#include <dirent.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <set>

#include "tracer/abi/syscall_table.h"
#include "tracer/base/status_field.h"
#include "tracer/engine/tracer.h"

namespace ttrace {
namespace {

std::vector<Pid> threads_of(Pid process) {
  std::vector<Pid> tids;
  const std::string path = fmt::format("/proc/{}/task", raw(process));
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir(path.c_str()), closedir);
  while (const dirent* const entry = folder ? readdir(folder.get()) : nullptr) {
    if (entry->d_name[0] != '.') tids.push_back(Pid{std::atoi(entry->d_name)});
  }
  return tids;
}

// signal(7), and Linux 6.1: fs/eventpoll.c, ipc/sem.c, kernel/signal.c, fs/aio.c, io_uring/, and
// sock_intr_errno() for sockets with a timeout. With an end of their own that is relative they wait
// anew for the whole of it.
bool ends_with_eintr(const std::string& name) {
  static const std::set<std::string> kNames = {
      "epoll_wait",      "epoll_pwait",   "epoll_pwait2",
      "semop",           "semtimedop",    "semtimedop_time64",
      "rt_sigtimedwait", "ipc",           "rt_sigtimedwait_time64",
      "io_getevents",    "io_pgetevents", "io_pgetevents_time64",
      "io_uring_enter",  "accept",        "accept4",
      "connect",         "recvfrom",      "recvmsg",
      "recvmmsg",        "sendto",        "sendmsg",
      "sendmmsg",        "read",          "readv",
      "write",           "writev",        "socketcall",
      "recvmmsg_time64"};
  return kNames.contains(name);
}

bool has_ended_with_eintr(const Registers& regs) {
  if (static_cast<std::int64_t>(regs.orig_rax) < 0) return false;
  if (static_cast<std::int64_t>(regs.rax) != -EINTR) return false;
  const SyscallNr nr{static_cast<int>(regs.orig_rax)};
  return ends_with_eintr(syscall_name(abi_of(regs), nr));
}

}  // namespace

Result<std::shared_ptr<Process>> Tracer::attach(Pid pid, Abi abi) {
  if (auto status = seize(pid, watch_); !status) return status.error();
  const auto process = add_process(pid, Pid{status_field(pid, "PPid")});
  process->abi = abi;
  if (raw(main_) == 0) main_ = pid;
  attach_thread(process, pid);
  // Threads are made while others are taken: those made by a taken one are taken already.
  for (bool any_new = true; any_new;) {
    any_new = false;
    for (const Pid tid : threads_of(pid)) {
      if (tracees_.contains(tid) || !seize(tid, watch_)) continue;
      attach_thread(process, tid);
      any_new = true;
    }
  }
  return process;
}

void Tracer::attach_thread(const std::shared_ptr<Process>& process, Pid tid) {
  Tracee& tracee = tracees_[tid];
  tracee.tid = tid;
  tracee.process = process;
  if (++process->threads > 1) observer_.on_concurrency(*process);
}

Status Tracer::ask(Pid tid) {
  const auto found = tracees_.find(tid);
  if (found == tracees_.end()) return Error{"ask", tid, ESRCH};
  auto status = interrupt(tid);
  found->second.asked = static_cast<bool>(status);
  return status;
}

// Only where the kernel is about to look at signals, and with them at such results: in the stop
// that was asked for, or in one that stands for it.
bool Tracer::mend_interrupted(const Tracee& tracee) {
  auto regs = get_regs(tracee.tid);
  if (!regs || !has_ended_with_eintr(*regs)) return false;
  regs->rax = static_cast<std::uint64_t>(kRestartUnlessHandled);
  return static_cast<bool>(set_regs(tracee.tid, *regs));
}

bool Tracer::ask_to_mend(const Tracee& tracee) {
  const auto regs = get_regs(tracee.tid);
  return regs && has_ended_with_eintr(*regs) && ask(tracee.tid);
}

// An interceptor that waits for the exit of a call has changed it, and must change it back.
bool Tracer::can_leave(const Tracee& tracee) const {
  const bool ends_at_once = tracee.in_call && tracee.asked;
  return !tracee.in_syscall && !tracee.at_exec && !tracee.to_handler && !ends_at_once;
}

bool Tracer::has_left() const {
  if (!leaving_) return false;
  return std::all_of(tracees_.begin(), tracees_.end(), [this](const auto& entry) {
    const Tracee& tracee = entry.second;
    return tracee.left || (tracee.in_call && !tracee.asked && can_leave(tracee));
  });
}

void Tracer::leave() {
  leaving_ = true;
  for (auto& [tid, tracee] : tracees_) {
    if (!tracee.in_call || !can_leave(tracee)) (void)ask(tid);
  }
}

bool Tracer::is_wanted(const Subscriber& subscriber, const std::uint64_t* args) const {
  if (watch_ == Watch::kFilter) return true;  // the filter has looked at the arguments
  using Condition = Subscription::Condition;
  const auto holds = [args](const Condition& condition) {
    const std::uint64_t value = args[condition.arg];
    switch (condition.op) {
      case Condition::Op::kEqual:
        return value == condition.value;
      case Condition::Op::kNotEqual:
        return value != condition.value;
      case Condition::Op::kMaskedEqual:
        return (value & condition.mask) == condition.value;
      case Condition::Op::kAtMost:
        return value <= condition.value;
    }
    return false;
  };
  return std::any_of(subscriber.when.begin(), subscriber.when.end(), [&](const auto& conditions) {
    return std::all_of(conditions.begin(), conditions.end(), holds);
  });
}

}  // namespace ttrace
