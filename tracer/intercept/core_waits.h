// A parent of a process whose core ttrace has made (--core-pattern) learns of that core as it would
// from the kernel, which made none and says no more than that a signal killed its child: in what
// wait(2) and its kin return, and in SIGCHLD's own information. What it reads from a signalfd(2)
// stays as the kernel has it.
#pragma once

#include <csignal>
#include <map>
#include <vector>

#include "tracer/engine/interceptor.h"
#include "tracer/session/followed_call.h"

namespace ttrace {

class CoreWaits : public Interceptor {
 public:
  void subscribe(std::vector<Subscription>& subscriptions) override;
  Next on_entry(SyscallStop& /*stop*/) override { return Next::kStopAtExit; }
  void on_exit(SyscallStop& stop) override;

  /// The process has not yet died.
  void on_core_made(Pid pid);
  /// A number may be given anew.
  void on_new_process(Pid pid) { made_.erase(pid); }
  /// A call that has returned `result`: if it tells of such a child, it tells of its core.
  void amend(const Tracee& waiter, const FollowedCall& call, std::int64_t result) const;
  /// SIGCHLD is about to be delivered.
  void amend(Tracee& receiver, siginfo_t& info) const;

 private:
  struct Made {
    Pid parent;
    std::vector<unsigned> numbers;  // its own, in each pid namespace, from ours to its own
  };
  bool knows(const Tracee& waiter, int number) const;

  std::map<Pid, Made> made_;
};

}  // namespace ttrace
