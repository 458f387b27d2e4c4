// Time stamps that come with packets, once a socket asked for them (SO_TIMESTAMP and kin, socket(7)
// and the kernel's networking/timestamping.rst). recvmsg is too common to stop at in every program:
// a process that asks is followed from then on, and its calls are seen without the filter.
#pragma once

#include "tracer/clock/run_clock.h"
#include "tracer/engine/interceptor.h"

namespace ttrace {

class PacketTimes : public Interceptor {
 public:
  explicit PacketTimes(const RunClock& clock) : clock_(clock) {}
  void subscribe(std::vector<Subscription>& subscriptions) override;
  Next on_entry(SyscallStop& stop) override;
  void on_exit(SyscallStop& stop) override;

 private:
  void translate_message(SyscallStop& stop, RemotePtr header);
  void translate_control(SyscallStop& stop, RemotePtr control, std::uint64_t length);

  const RunClock& clock_;
};

}  // namespace ttrace
