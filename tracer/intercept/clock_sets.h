// Attempts to set the machine's clock: they move the faked clock of the run, and the machine's
// stays as it is.
#pragma once

#include "tracer/clock/run_clock.h"
#include "tracer/engine/interceptor.h"
#include "tracer/session/event_sink.h"
#include "tracer/stacks/stack_walker.h"

namespace ttrace {

class ClockSets : public Interceptor {
 public:
  struct Parts {
    RunClock& clock;
    EventSink& sink;
    StackWalker& walker;
    std::size_t stack_depth;
  };
  explicit ClockSets(const Parts& parts) : parts_(parts) {}
  void subscribe(std::vector<Subscription>& subscriptions) override;
  Next on_entry(SyscallStop& stop) override;
  void on_exit(SyscallStop& stop) override;

 private:
  Next adjust(SyscallStop& stop, unsigned timex_arg, bool wide);
  void set(SyscallStop& stop, const shim::Time& time);

  Parts parts_;
};

}  // namespace ttrace
