// The shim's call for the tracer: a 32-bit process was handed a value that does not fit, on a call
// path not seen before.
#pragma once

#include "preload/shim/protocol.h"
#include "tracer/engine/interceptor.h"

namespace ttrace {

class OversizeReporter;

class ShimTrap : public Interceptor {
 public:
  ShimTrap(std::uint32_t cookie, OversizeReporter& reporter)
      : cookie_(cookie), reporter_(reporter) {}
  void subscribe(std::vector<Subscription>& subscriptions) override;
  Next on_entry(SyscallStop& stop) override;

 private:
  std::uint32_t cookie_;
  OversizeReporter& reporter_;
};

}  // namespace ttrace
