// Times that a 32-bit program hands to the kernel cut off: it took a time past 2038, kept 32 bits
// of it, and now asks for a moment before 1970.
#pragma once

#include "tracer/clock/run_clock.h"
#include "tracer/intercept/time_args.h"
#include "tracer/session/syscall_paths.h"

namespace ttrace {

class WrappedReporter {
 public:
  WrappedReporter(const RunClock& clock, EventSink& sink, SyscallPaths& paths)
      : clock_(clock), sink_(sink), paths_(paths) {}

  /// `stop` hands these times to the kernel: reports the first that was certainly cut.
  void check(SyscallStop& stop, const Meaning& meaning, const TimeList& list);

 private:
  void report(SyscallStop& stop, bool is_stamp, std::int64_t seconds);

  const RunClock& clock_;
  EventSink& sink_;
  SyscallPaths& paths_;
};

}  // namespace ttrace
