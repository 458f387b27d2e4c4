// What the engine tells about the life of threads and processes to the part that acts on it (the
// session): each call comes with the thread stopped, unless it says that the thread is gone.
#pragma once

#include "tracer/engine/ptrace.h"
#include "tracer/engine/tracee.h"

namespace ttrace {

class Observer {
 public:
  virtual ~Observer() = default;
  /// A process was made by `maker`; `child.space` is set. `shares_memory`: as after vfork.
  virtual void on_new_process(Tracee& maker, Process& child, bool shares_memory) = 0;
  /// The process, which may have had one thread only, has another one, or shares its memory with a
  /// process that runs at the same time.
  virtual void on_concurrency(Process& process) = 0;
  /// A call of execve is about to replace (or fail to replace) the address space.
  virtual void before_exec(Tracee& tracee) = 0;
  /// The new program is in place and about to run its first instruction.
  virtual void after_exec(Tracee& tracee) = 0;
  /// The thread ends; its memory can still be read. `last`: no other thread is left.
  virtual void on_thread_exit(Tracee& tracee, bool last) = 0;
  /// The process is gone with this wait status.
  virtual void on_process_gone(Process& process, int wait_status) = 0;
  /// A thread stopped for no other reason than that PTRACE_INTERRUPT asked it to, or is new.
  virtual void on_interrupted(Tracee& tracee) = 0;
  /// SIGTRAP from a hardware breakpoint; true: it was ours.
  virtual bool on_breakpoint(Tracee& tracee) = 0;
  /// A signal is about to be delivered to the thread.
  enum class Delivery {
    kGoOn,
    kToHandler,  // and stop at the handler's first instruction: on_handler_entry()
    kHold,       // not yet: Tracer::deliver() is called later
    kUntraced,   // the process goes on without a tracer, to make the signal anew
  };
  virtual Delivery on_signal(Tracee& tracee, int signal) = 0;
  virtual void on_handler_entry(Tracee& tracee) = 0;
  /// A thread that is followed (Tracee::followed) stands at the entry or exit of a system call.
  virtual void on_followed(Tracee& tracee, const SyscallInfo& info) = 0;
  /// A thread with a listen budget entered this system call.
  virtual void on_listen(Tracee& tracee, Abi abi, SyscallNr nr,
                         const std::array<std::uint64_t, 6>& args) = 0;
};

}  // namespace ttrace
