// Times in what a program tells its user: past 2038, a message on standard output or standard error
// that names a moment of this run as one of 1901 says that the program itself keeps 32-bit times.
#pragma once

#include "tracer/clock/run_clock.h"
#include "tracer/engine/interceptor.h"
#include "tracer/session/event_sink.h"
#include "tracer/session/syscall_paths.h"

namespace ttrace {

class WrittenTimes : public Interceptor {
 public:
  struct Parts {
    const RunClock& clock;
    EventSink& sink;
    SyscallPaths& paths;
  };
  explicit WrittenTimes(const Parts& parts) : parts_(parts) {}
  /// Messages only: what is longer was gathered in a buffer, for a file or another program.
  void subscribe(std::vector<Subscription>& subscriptions) override;
  Next on_entry(SyscallStop& stop) override;

 private:
  Parts parts_;
};

}  // namespace ttrace
