// Stat calls that pass by the shim: their time stamps are translated at the exit stop, unless the
// place they come from can be made to lead into the shim from now on.
#pragma once

#include "preload/shim/stat_layouts.h"
#include "tracer/clock/run_clock.h"
#include "tracer/engine/interceptor.h"

namespace ttrace {

class CallSites;
class OversizeReporter;

class StatTimes : public Interceptor {
 public:
  struct Parts {
    const RunClock& clock;
    shim::FileSystems& files;
    OversizeReporter& reporter;
    CallSites& sites;
    std::uint32_t cookie;
    bool shift;  // translate time stamps; else only watch i386 programs
    bool watch;
  };
  explicit StatTimes(const Parts& parts) : parts_(parts) {}
  void subscribe(std::vector<Subscription>& subscriptions) override;
  Next on_entry(SyscallStop& stop) override;
  void on_exit(SyscallStop& stop) override;

 private:
  bool answer_here(SyscallStop& stop);
  void report(SyscallStop& stop, const shim::StatShift& shifted);

  Parts parts_;
};

}  // namespace ttrace
