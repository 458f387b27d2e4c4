// Stacks of threads that crash, and names out of them, as the story of a crash wants them.
#pragma once

#include <string>
#include <vector>

#include "analyzers/event.h"
#include "tracer/engine/tracee.h"
#include "tracer/stacks/stack_walker.h"

namespace ttrace {

class CrashStacks {
 public:
  /// `depth`: frames of a stack at most; 0: the user wants none.
  CrashStacks(StackWalker& walker, std::size_t depth) : walker_(walker), depth_(depth) {}

  bool wanted() const { return depth_ > 0; }
  /// The thread must be stopped. Empty: none are wanted, or it is gone.
  Stack of(const Process& process, Pid tid) const;
  /// "crash", "libc.so.6+0x1234", or the address.
  std::string function_at(const Process& process, Pid tid, std::uint64_t ip) const;
  /// The functions of the C library that a handler has called to where it stands: innermost first.
  std::vector<std::string> libc_functions(const Tracee& tracee) const;

 private:
  Stack take(const Process& process, Pid tid, std::size_t depth) const;

  StackWalker& walker_;
  std::size_t depth_;
};

}  // namespace ttrace
