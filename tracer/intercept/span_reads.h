// Spans that the kernel tells the target, with --rate: what is left on a timer. At rate 1 they are
// what they are, and nothing here is subscribed to. alarm(2), which knows only whole seconds, is
// made through setitimer(2) on the same timer.
#pragma once

#include "tracer/clock/run_clock.h"
#include "tracer/engine/interceptor.h"

namespace ttrace {

class SpanReads : public Interceptor {
 public:
  explicit SpanReads(const RunClock& clock) : clock_(clock) {}
  void subscribe(std::vector<Subscription>& subscriptions) override;
  Next on_entry(SyscallStop& stop) override;
  void on_exit(SyscallStop& stop) override;

 private:
  Next alarm_as_timer(SyscallStop& stop);
  void finish_alarm(SyscallStop& stop);

  const RunClock& clock_;
};

}  // namespace ttrace
