#include "tracer/engine/tracer.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "tracer/abi/syscall_table.h"
#include "tracer/base/yama.h"

namespace ttrace {
namespace {

constexpr int kSyscallStop = SIGTRAP | 0x80;  // PTRACE_O_TRACESYSGOOD

bool is_stopping_signal(int signal) {
  return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

// The stop that a single step into a handler ends with: ptrace_notify(SIGTRAP) in Linux 6.1
// kernel/signal.c, signal_delivered().
bool is_step(Pid tid) {
  const auto info = get_siginfo(tid);
  return info && info->si_code == SIGTRAP;
}

Abi abi_of_arch(std::uint32_t audit_arch) {
  return audit_arch == abi_info(Abi::kI386).audit_arch ? Abi::kI386 : Abi::kX86_64;
}

}  // namespace

Tracer::Tracer(Observer& observer, const std::vector<Subscription>& subscriptions, Watch watch)
    : observer_(observer), watch_(watch) {
  for (const Subscription& subscription : subscriptions) {
    const auto nr = syscall_number(subscription.abi, subscription.syscall);
    if (!nr) continue;
    Table& table = subscription.only_if_followed ? followers_ : interceptors_;
    auto& list = table[{subscription.abi, *nr}];
    if (list.empty() || list.back().interceptor != subscription.interceptor) {
      list.push_back({subscription.interceptor, {}});
    }
    list.back().when.push_back(subscription.conditions);
  }
}

void Tracer::adopt(Pid pid) {
  adopt_also(pid);
  main_ = pid;
}

void Tracer::adopt_also(Pid pid) {
  if (auto status = seize(pid, watch_); !status) {
    throw UserError(fmt::format("cannot trace: ptrace: {}", strerror(status.error().code)),
                    yama_refuses_children()
                        ? yama_reason() + "; " + yama_remedy()
                        : "ptrace is not allowed here: give the container --cap-add SYS_PTRACE");
  }
  Tracee& tracee = tracees_[pid];
  tracee.tid = pid;
  tracee.process = add_process(pid, Pid{getpid()});
  tracee.process->threads = 1;
}

void Tracer::run(std::atomic<bool>& woken, const std::function<void()>& on_wakeup) {
  while (!tracees_.empty()) {
    // A thread whose stop nobody took would be let go with the result that the stop gave it.
    const bool left = has_left();
    int status = 0;
    const pid_t tid = waitpid(-1, &status, left ? __WALL | WNOHANG : __WALL);
    if (left && tid <= 0) return;
    if (tid > 0) {
      dispatch(Pid{tid}, status);
      if (leaving_) std::erase_if(tracees_, [](const auto& entry) { return entry.second.left; });
    } else if (errno != EINTR) {
      return;  // ECHILD: all are gone, whatever the bookkeeping says
    }
    // A wait that always finds a thread stopped is never interrupted.
    if (woken.exchange(false)) on_wakeup();
  }
}

void Tracer::signal_all(int signal) const {
  for (const auto& [pid, process] : processes_) kill(raw(pid), signal);
}

void Tracer::signal_main(int signal) const {
  if (!main_gone_) kill(raw(main_), signal);
}

void Tracer::dispatch(Pid tid, int status) {
  if (!WIFSTOPPED(status)) return on_gone(tid, status);
  ++stops_;
  const auto found = tracees_.find(tid);
  if (found == tracees_.end()) {
    // A new task can stop before its maker's event tells of it: it waits until then.
    early_[tid] = status;
    return adopt_orphans(Pid{0});
  }
  on_stop(found->second, status);
}

void Tracer::on_stop(Tracee& tracee, int status) {
  const bool asked = std::exchange(tracee.asked, false);
  const int signal = WSTOPSIG(status);
  if (signal != kSyscallStop) tracee.at_exec = false;
  switch (status >> 16) {
    case 0:
      return signal == kSyscallStop ? on_syscall_stop(tracee, asked) : on_signal(tracee, signal);
    case PTRACE_EVENT_SECCOMP:
      return on_seccomp(tracee);
    case PTRACE_EVENT_EXEC:
      return on_exec(tracee);
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
    case PTRACE_EVENT_CLONE:
      return on_new_task(tracee, status >> 16);
    case PTRACE_EVENT_EXIT:
      return on_ending(tracee);
    case PTRACE_EVENT_STOP:
      if (is_stopping_signal(signal)) return on_group_stop(tracee, signal);
      if (watch_ == Watch::kEachCall) (void)mend_interrupted(tracee);
      observer_.on_interrupted(tracee);
      return let_go(tracee);
    default:
      return let_go(tracee);
  }
}

// A thread between the entry and exit of a call that an interceptor follows, one that is listened
// to, and one that is followed, alone or with its process, stop at system calls; so do all where
// there is no filter. Others run free.
void Tracer::let_go(Tracee& tracee, int signal) {
  if (leaving_ && can_leave(tracee)) {
    tracee.left = static_cast<bool>(detach(tracee.tid, signal));
    return;
  }
  const bool to_syscall = watch_ == Watch::kEachCall || tracee.in_syscall ||
                          tracee.listen_budget > 0 || tracee.follow_budget > 0 || tracee.followed ||
                          (tracee.process && tracee.process->followed);
  (void)resume(tracee.tid, to_syscall ? Resume::kToSyscall : Resume::kFree, signal);
}

void Tracer::on_seccomp(Tracee& tracee) {
  const auto info = syscall_info(tracee.tid);
  if (info && info->op == PTRACE_SYSCALL_INFO_SECCOMP) {
    tracee.in_syscall.reset();
    enter_syscall(tracee, *info, info->seccomp.nr, info->seccomp.args, interceptors_);
  }
  let_go(tracee);
}

void Tracer::enter_syscall(Tracee& tracee, const SyscallInfo& info, std::uint64_t nr,
                           const std::uint64_t* args, const Table& table) {
  SyscallInProgress call{abi_of_arch(info.arch),
                         SyscallNr{static_cast<int>(nr)},
                         {args[0], args[1], args[2], args[3], args[4], args[5]}};
  SyscallStop stop(tracee, call);
  stop.ip = info.instruction_pointer;
  stop.sp = info.stack_pointer;
  const auto found = table.find({call.abi, call.nr});
  if (found == table.end()) return;
  for (const Subscriber& subscriber : found->second) {
    if (!is_wanted(subscriber, args)) continue;
    const auto next = subscriber.interceptor->on_entry(stop);
    if (next == Interceptor::Next::kTaken) {
      tracee.in_syscall.reset();
      return;
    }
    if (next == Interceptor::Next::kStopAtExit) {
      call.interceptor = subscriber.interceptor;
      tracee.in_syscall = call;
    }
  }
}

void Tracer::on_syscall_stop(Tracee& tracee, bool asked) {
  auto info = syscall_info(tracee.tid);
  const bool is_exit = info && info->op == PTRACE_SYSCALL_INFO_EXIT;
  if (std::exchange(tracee.at_exec, false) && is_exit) return leave_execve(tracee);
  if (info && tracee.followed) observer_.on_followed(tracee, *info);
  bool to_mend = false;  // at the stop that it is asked for: a signal may be due here, or may not
  if (is_exit) {
    // The stop that PTRACE_INTERRUPT asked for comes as this one, and is no more due afterwards.
    tracee.in_call = false;
    if (asked && mend_interrupted(tracee)) info->exit.rval = kRestartUnlessHandled;
    const bool cut_short = watch_ == Watch::kEachCall && info->exit.rval == -EINTR;
    to_mend = cut_short && ask_to_mend(tracee);
    if ((asked || tracee.followed) && is_restart(info->exit.rval)) {
      observer_.on_interrupted(tracee);
    }
    leave_syscall(tracee, *info);
  } else if (info && info->op == PTRACE_SYSCALL_INFO_ENTRY) {
    // Asked for again, as this stop stood for it: the call then ends at once if it would block, and
    // that exit is the stop. Not without: sigtimedwait(2) looks anew at what is pending, and waits.
    tracee.asked = asked && interrupt(tracee.tid);
    look_at_entry(tracee, *info);
  }
  if (to_mend) return static_cast<void>(resume(tracee.tid, Resume::kToSyscall, 0));
  let_go(tracee);
}

void Tracer::look_at_entry(Tracee& tracee, const SyscallInfo& info) {
  const auto& args = info.entry.args;
  if (tracee.listen_budget > 0) {
    --tracee.listen_budget;
    observer_.on_listen(tracee, abi_of_arch(info.arch), SyscallNr{static_cast<int>(info.entry.nr)},
                        {args[0], args[1], args[2], args[3], args[4], args[5]});
  }
  const bool alone = tracee.follow_budget > 0;
  if (alone) --tracee.follow_budget;
  const bool each = watch_ == Watch::kEachCall;
  const bool followed = alone || tracee.process->followed;
  tracee.in_call = each;
  if (leaving_ || (!each && !followed)) return;
  tracee.in_syscall.reset();
  if (each) enter_syscall(tracee, info, info.entry.nr, args, interceptors_);
  if (followed) enter_syscall(tracee, info, info.entry.nr, args, followers_);
}

void Tracer::leave_execve(Tracee& tracee) {
  tracee.in_call = false;
  tracee.in_syscall.reset();
  if (watch_ == Watch::kEachCall) observer_.after_exec(tracee);
  let_go(tracee);
}

void Tracer::leave_syscall(Tracee& tracee, const SyscallInfo& info) {
  if (!tracee.in_syscall) return;
  const SyscallInProgress call = *tracee.in_syscall;
  tracee.in_syscall.reset();
  SyscallStop stop(tracee, call);
  stop.ip = info.instruction_pointer;
  stop.sp = info.stack_pointer;
  stop.result = info.exit.rval;
  call.interceptor->on_exit(stop);
}

void Tracer::on_signal(Tracee& tracee, int signal) {
  if (std::exchange(tracee.to_handler, false) && signal == SIGTRAP && is_step(tracee.tid)) {
    observer_.on_handler_entry(tracee);
    return let_go(tracee);
  }
  if (signal == SIGTRAP && observer_.on_breakpoint(tracee)) return let_go(tracee);
  // One that the target ignores would not have come without a tracer (Linux 6.1, sig_ignored()).
  if (!is_stopping_signal(signal)) (void)mend_interrupted(tracee);
  deliver(tracee, signal, observer_.on_signal(tracee, signal));
}

void Tracer::deliver(Tracee& tracee, int signal, Observer::Delivery how) {
  switch (how) {
    case Observer::Delivery::kGoOn:
      return let_go(tracee, signal);
    case Observer::Delivery::kToHandler:
      tracee.to_handler = true;
      (void)resume(tracee.tid, Resume::kStep, signal);
      return;
    case Observer::Delivery::kUntraced:
      (void)detach(tracee.tid, 0);
      return;
    case Observer::Delivery::kHold:
      return;
  }
}

void Tracer::deliver(Pid tid, int signal, Observer::Delivery how) {
  const auto found = tracees_.find(tid);
  if (found != tracees_.end()) deliver(found->second, signal, how);
}

// The thread stays stopped, as it would without a tracer, but is heard when SIGCONT comes.
void Tracer::on_group_stop(Tracee& tracee, int signal) {
  if (leaving_) return let_go(tracee);
  (void)resume(tracee.tid, Resume::kListen);
  // Stopped from its terminal: the shell waits for ttrace, so ttrace stops too. Not for SIGSTOP:
  // whoever sends that to the target would have to know of ttrace to wake both.
  if (tracee.tid == main_ && main_stop_ && signal != SIGSTOP) main_stop_(signal);
}

}  // namespace ttrace
