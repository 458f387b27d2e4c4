// Stacks of a stopped tracee: first bare addresses (walk), later names (symbolize). Modules, their
// unwind tables and symbols are remembered per address space and per file.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "analyzers/event.h"
#include "tracer/abi/abi.h"
#include "tracer/base/types.h"

namespace ttrace {

struct RawFrame {
  RemotePtr ip{0};
  /// `ip` is where execution stands (innermost frame, or interrupted by a signal) rather than a
  /// return address.
  bool activation = false;
  /// The stack slot that holds the return address into the next outer frame, where known.
  std::optional<RemotePtr> return_slot;
};
using RawStack = std::vector<RawFrame>;

class StackWalker {
 public:
  StackWalker();
  ~StackWalker();
  StackWalker(const StackWalker&) = delete;
  StackWalker& operator=(const StackWalker&) = delete;

  /// The frames of thread `tid` of process `pid` from `state` outwards, at most `depth`. The thread
  /// must be in a ptrace stop. What cannot be unwound ends the stack; it is never an error.
  RawStack walk(Pid pid, Pid tid, const UnwindState& state, std::size_t depth);

  /// Names for `stack`; inlined frames are added. Must be called while the address space that
  /// walk() saw is still remembered (before forget()).
  Stack symbolize(Pid pid, const RawStack& stack);

  /// The address space of `pid` changed wholly (execve) or is gone.
  void forget(Pid pid);

  /// `pid` has mapped or unmapped code. Need not be told: changes are noticed, though up to 50 ms
  /// late where a library took the very place of another.
  void maps_changed(Pid pid);

  /// True if `ip` lies in the C library of `pid` (glibc's or musl's), by its DT_SONAME or its name.
  bool is_libc(Pid pid, RemotePtr ip);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ttrace
