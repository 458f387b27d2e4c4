// The seam between the engine and what is done about system calls. An interceptor subscribes to
// calls, is shown each at its entry, and at its exit if it asks for that.
#pragma once

#include <array>
#include <vector>

#include "tracer/engine/filter.h"
#include "tracer/engine/tracee.h"

namespace ttrace {

/// A system call of a thread that is stopped at its entry or exit.
class SyscallStop {
 public:
  SyscallStop(Tracee& thread, const SyscallInProgress& call)
      : tracee(thread), abi(call.abi), nr(call.nr), args(call.args) {}

  Tracee& tracee;
  const Abi abi;  // of the call, which may differ from the program's
  const SyscallNr nr;
  const std::array<std::uint64_t, 6> args;
  std::int64_t result = 0;  // at the exit: the value or a negative errno
  std::uint64_t ip = 0;     // just past the system call instruction
  std::uint64_t sp = 0;

  Pid pid() const { return tracee.process->pid; }
  Pid tid() const { return tracee.tid; }
  RemotePtr pointer(unsigned arg) const { return RemotePtr{args[arg]}; }

  /// At the entry: the call is not made and returns `value` (or a negative errno).
  void skip(std::int64_t value) const;
  /// At the entry: the kernel sees another argument. Must be undone at the exit, because programs
  /// rely on system calls to leave these registers alone.
  void set_arg(unsigned arg, std::uint64_t value) const;
  /// At the entry: another call of the same ABI is made.
  void set_number(SyscallNr number) const;
  /// At the exit: the call returns `value` instead.
  void set_result(std::int64_t value) const;
};

class Interceptor {
 public:
  enum class Next {
    kGoOn,
    kStopAtExit,
    kTaken,  // the call is not made: nobody else is shown it
  };

  virtual ~Interceptor() = default;
  virtual void subscribe(std::vector<Subscription>& subscriptions) = 0;
  virtual Next on_entry(SyscallStop& stop) = 0;
  virtual void on_exit(SyscallStop& /*stop*/) {}

 protected:
  using Condition = Subscription::Condition;
  void add(std::vector<Subscription>& to, Abi abi, const char* name,
           std::vector<Condition> conditions = {}) {
    to.push_back({abi, name, std::move(conditions), this, false});
  }
};

}  // namespace ttrace
