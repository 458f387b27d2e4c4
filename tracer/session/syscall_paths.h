// Call paths to system calls that stop the thread each time: the first time on a path makes a full
// event, and each further time only a count.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "tracer/engine/interceptor.h"
#include "tracer/session/event_sink.h"
#include "tracer/stacks/stack_walker.h"

namespace ttrace {

class SyscallPaths {
 public:
  SyscallPaths(EventSink& sink, StackWalker& walker, std::size_t stack_depth)
      : sink_(sink), walker_(walker), depth_(stack_depth) {}

  struct Path {
    std::uint64_t id;
    Stack stack;
  };
  /// The path by which the thread came to `stop`, if it is new; else PathRepeated is emitted.
  std::optional<Path> first_time(SyscallStop& stop);

 private:
  EventSink& sink_;
  StackWalker& walker_;
  std::size_t depth_;
  /// By process and return addresses.
  std::map<std::pair<Pid, std::vector<std::uint64_t>>, std::uint64_t> known_;
};

}  // namespace ttrace
