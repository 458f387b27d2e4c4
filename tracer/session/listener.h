// What the program itself said: after a failure, a thread's next system calls are looked at for
// what it writes to its standard error.
#pragma once

#include "tracer/session/event_sink.h"

namespace ttrace {

class Listener {
 public:
  explicit Listener(EventSink& sink) : sink_(sink) {}
  /// A thread with a listen budget entered a system call.
  void on_syscall(Tracee& tracee, Abi abi, SyscallNr nr, const std::array<std::uint64_t, 6>& args);
  /// The thread ends: what was heard so far is the message.
  void finish(Tracee& tracee);

 private:
  void emit_lines(Tracee& tracee, bool all);

  EventSink& sink_;
};

}  // namespace ttrace
