// getpeername() of a socket that a rule of --connect sent elsewhere: it names what was asked for.
#pragma once

#include <unordered_map>

#include "tracer/engine/interceptor.h"
#include "tracer/intercept/connect_faults.h"

namespace ttrace {

class PeerNames : public Interceptor {
 public:
  explicit PeerNames(const ConnectFaults& faults) : faults_(faults) {}
  void subscribe(std::vector<Subscription>& subscriptions) override;
  Next on_entry(SyscallStop& stop) override;
  void on_exit(SyscallStop& stop) override;

 private:
  const ConnectFaults& faults_;
  std::unordered_map<Pid, std::uint32_t> room_;  // by thread: bytes that the target has for a name
};

}  // namespace ttrace
