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
  /// Puts the functions back as they were, and unmaps the shim. kLater: the functions are back, but
  /// a thread is still inside the shim, or comes back to it.
  Outcome remove(Process& process, Halted& threads, const Vdso& vdso);
};

/// Where the vDSO is in a process; 0: there is none.
RemotePtr find_vdso(Pid pid);

}  // namespace ttrace
