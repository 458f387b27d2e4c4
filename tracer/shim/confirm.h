// Proof of what a libc call gave back. EOVERFLOW is made in user space, where no system call shows
// it: so a hardware breakpoint is set on the place the call returns to, and result and errno are
// read there. Debug registers change not a byte of the target.
#pragma once

#include <functional>
#include <optional>

#include "tracer/engine/tracee.h"
#include "tracer/stacks/stack_walker.h"

namespace ttrace {

class ReturnWatcher {
 public:
  using Emit = std::function<void(const Event&)>;
  explicit ReturnWatcher(Emit emit) : emit_(std::move(emit)) {}

  /// Every event is emitted as it is.
  void use_no_breakpoints() { breakpoints_ = false; }

  /// Watches the returns from frames [first, last) of `stack`, innermost first; the first that
  /// shows the failure decides. `event` (an OversizeValue) is emitted then, completed, or as it is
  /// where the return cannot be watched or does not come.
  void watch(Tracee& tracee, Event event, const RawStack& stack, std::size_t first,
             std::size_t last);

  /// SIGTRAP: true if it was a breakpoint of ours.
  bool on_breakpoint(Tracee& tracee);

  /// The thread ends or changes its program: what still waits is emitted unconfirmed.
  void give_up(Tracee& tracee);

 private:
  bool arm(Tracee& tracee, RemotePtr address, RemotePtr sp, std::size_t frame);
  void disarm(Tracee& tracee, const AwaitedReturn* awaited);
  void finish(Tracee& tracee, std::size_t index);

  Emit emit_;
  bool breakpoints_ = true;
};

}  // namespace ttrace
