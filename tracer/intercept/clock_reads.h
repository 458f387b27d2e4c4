// Reads of a clock that pass by the shim: raw system calls, and processes without a shim. The
// tracer answers them itself, at one stop each.
#pragma once

#include "tracer/clock/run_clock.h"
#include "tracer/engine/interceptor.h"

namespace ttrace {

class OversizeReporter;
class ShimInstaller;

class ClockReads : public Interceptor {
 public:
  struct Parts {
    const RunClock& clock;
    ShimInstaller& installer;
    OversizeReporter& reporter;
    std::uint32_t cookie;
    bool watch;  // report values that do not fit
  };
  explicit ClockReads(const Parts& parts) : parts_(parts) {}
  void subscribe(std::vector<Subscription>& subscriptions) override;
  Next on_entry(SyscallStop& stop) override;

 private:
  Next answer(SyscallStop& stop, clockid_t id, std::string_view name);
  void report_if_oversize(SyscallStop& stop, const shim::Time& now, bool truncated);

  Parts parts_;
};

}  // namespace ttrace
