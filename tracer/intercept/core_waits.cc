#include "tracer/intercept/core_waits.h"

#include <algorithm>
#include <csignal>

#include "tracer/abi/syscall_table.h"
#include "tracer/engine/ptrace.h"
#include "tracer/session/proc_status.h"
#include "tracer/session/waited.h"

namespace ttrace {

void CoreWaits::subscribe(std::vector<Subscription>& to) {
  constexpr auto kNotEqual = Condition::Op::kNotEqual;
  for (const Abi abi : {Abi::kX86_64, Abi::kI386}) {
    add(to, abi, "wait4", {{1, kNotEqual, 0}});
    add(to, abi, "waitid", {{2, kNotEqual, 0}});
    add(to, abi, "rt_sigtimedwait", {{1, kNotEqual, 0}});
  }
  add(to, Abi::kI386, "waitpid", {{1, kNotEqual, 0}});
  add(to, Abi::kI386, "rt_sigtimedwait_time64", {{1, kNotEqual, 0}});
}

void CoreWaits::on_exit(SyscallStop& stop) {
  amend(stop.tracee, {stop.abi, syscall_name(stop.abi, stop.nr), stop.args}, stop.result);
}

void CoreWaits::on_core_made(Pid pid) {
  if (const auto status = read_status(pid)) made_[pid] = {Pid{status->parent}, status->all_tgids};
}

// The waiter knows its child by the number in its own namespace.
bool CoreWaits::knows(const Tracee& waiter, int number) const {
  const auto status = made_.empty() ? std::nullopt : read_status(waiter.tid);
  if (!status || status->all_tgids.empty()) return false;
  const std::size_t level = status->all_tgids.size() - 1;
  return std::any_of(made_.begin(), made_.end(), [&](const auto& entry) {
    const Made& made = entry.second;
    return made.parent == waiter.process->pid && level < made.numbers.size() &&
           made.numbers[level] == static_cast<unsigned>(number);
  });
}

void CoreWaits::amend(const Tracee& waiter, const FollowedCall& call, std::int64_t result) const {
  if (made_.empty()) return;
  const auto child = killed_child(waiter, call, result);
  if (child && knows(waiter, *child)) tell_of_core(waiter, call);
}

void CoreWaits::amend(Tracee& receiver, siginfo_t& info) const {
  if (info.si_code != CLD_KILLED || !knows(receiver, info.si_pid)) return;
  info.si_code = CLD_DUMPED;
  (void)set_siginfo(receiver.tid, info);
}

}  // namespace ttrace
