// Times that the kernel keeps about its own objects and tells on request: System V queues,
// semaphores and shared memory, the last packet of a socket, the real time clock.
#pragma once

#include "tracer/clock/run_clock.h"
#include "tracer/engine/interceptor.h"

namespace ttrace {

class IpcTimes : public Interceptor {
 public:
  explicit IpcTimes(const RunClock& clock) : clock_(clock) {}
  void subscribe(std::vector<Subscription>& subscriptions) override;
  Next on_entry(SyscallStop&) override { return Next::kStopAtExit; }
  void on_exit(SyscallStop& stop) override;

 private:
  const RunClock& clock_;
};

class DeviceTimes : public Interceptor {
 public:
  explicit DeviceTimes(const RunClock& clock) : clock_(clock) {}
  void subscribe(std::vector<Subscription>& subscriptions) override;
  Next on_entry(SyscallStop&) override { return Next::kStopAtExit; }
  void on_exit(SyscallStop& stop) override;

 private:
  const RunClock& clock_;
};

}  // namespace ttrace
