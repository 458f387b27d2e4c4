// The shim in a process that runs already. Its C library knows the vDSO's functions by address, so
// their first instructions are replaced by jumps into the shim; on i386 those of __kernel_vsyscall
// too. All of it goes on working without a tracer, and can be taken back whole.
#pragma once

#include <optional>
#include <string>

#include "tracer/engine/halt.h"
#include "tracer/engine/tracee.h"
#include "tracer/shim/installer.h"

namespace ttrace {

class EntryShim {
 public:
  enum class Outcome {
    kDone,
    kLater,  // a thread stands where it must not
    kNever,
  };

  /// All threads that share the memory of `process` are in `threads`. Sets the process's `space`
  /// and `time_served`, which says why not where it cannot be done.
  Outcome install(Process& process, Halted& threads, const Vdso& vdso,
                  const ShimSettings& settings);
  /// Finds a shim that a ttrace left in place when it was killed, for remove(). Sets the process's
  /// `space`.
  bool find_leftover(Process& process, const Vdso& vdso);
  /// Has one been killed while a thread made a system call for it? clear_room() takes back the code
  /// for that; kLater: a thread is in it.
  static bool is_room_used(const Process& process, const Vdso& vdso);
  static Outcome clear_room(const Process& process, const Halted& threads, const Vdso& vdso);
  /// Puts the functions back as they were, and unmaps the shim. kLater: the functions are back, but
  /// a thread is still inside the shim, or comes back to it.
  Outcome remove(Process& process, Halted& threads, const Vdso& vdso);
};

/// Where the vDSO is in a process; 0: there is none.
RemotePtr find_vdso(Pid pid);

}  // namespace ttrace
