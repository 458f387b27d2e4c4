// Times that a 32-bit program hands to the kernel cut off: it took a time past 2038, kept 32 bits
// of it, and now asks for a moment before 1970.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "tracer/clock/run_clock.h"
#include "tracer/engine/interceptor.h"
#include "tracer/intercept/time_args.h"
#include "tracer/session/event_sink.h"
#include "tracer/stacks/stack_walker.h"

namespace ttrace {

class WrappedReporter {
 public:
  WrappedReporter(const RunClock& clock, EventSink& sink, StackWalker& walker, std::size_t depth)
      : clock_(clock), sink_(sink), walker_(walker), depth_(depth) {}

  /// `stop` hands these times to the kernel: reports the first that was certainly cut.
  void check(SyscallStop& stop, const Meaning& meaning, const TimeList& list);

 private:
  void report(SyscallStop& stop, bool is_stamp, std::int64_t seconds);

  const RunClock& clock_;
  EventSink& sink_;
  StackWalker& walker_;
  std::size_t depth_;
  /// Call paths that were told of, by process and return addresses.
  std::map<std::pair<Pid, std::vector<std::uint64_t>>, std::uint64_t> known_;
};

}  // namespace ttrace
