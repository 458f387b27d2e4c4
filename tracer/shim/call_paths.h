// The tracer's side of the shim's table of call paths: writes a path in when it is met first, and
// collects how often the shim met it again.
#pragma once

#include <cstdint>
#include <functional>

#include "tracer/engine/tracee.h"
#include "tracer/stacks/stack_walker.h"

namespace ttrace {

class CallPaths {
 public:
  struct Learned {
    std::uint64_t id;
    bool is_new;  // not met before for these reasons
  };
  /// Learns the path of `stack`, which was entered with the stack pointer `sp_at_entry`, for these
  /// reasons.
  Learned learn(Process& process, const RawStack& stack, RemotePtr sp_at_entry,
                std::uint32_t reasons);

  /// Reads the shim's counters. `repeated(path_id, times)` is called for each that grew; the
  /// return value is the number of reports that the shim could not make since the last time.
  static std::uint64_t collect(Process& process,
                               const std::function<void(std::uint64_t, std::uint64_t)>& repeated);

  /// From now on threads of the process count at the same time. They must not run yet.
  static void count_locked(Process& process);

  /// After a fork the child counts on from what it inherited.
  static void rebase(Process& child);

 private:
  std::uint64_t next_id_ = 1;
};

}  // namespace ttrace
