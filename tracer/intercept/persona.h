// Kernels that answer otherwise than the machine's own: those without the 32-bit time calls of
// i386, those from before the 64-bit ones, and container filters that refuse the latter. A program
// that copes falls back to the other calls; one that does not is found.
#pragma once

#include "tracer/cli/options.h"
#include "tracer/engine/interceptor.h"
#include "tracer/session/event_sink.h"
#include "tracer/session/syscall_paths.h"

namespace ttrace {

/// Names of the i386 system calls that the persona refuses.
const std::vector<const char*>& refused_calls(KernelPersona persona);

class Persona : public Interceptor {
 public:
  struct Parts {
    KernelPersona persona;
    EventSink& sink;
    SyscallPaths& paths;
  };
  explicit Persona(const Parts& parts) : parts_(parts) {}
  void subscribe(std::vector<Subscription>& subscriptions) override;
  Next on_entry(SyscallStop& stop) override;

 private:
  void report(SyscallStop& stop, int error);

  Parts parts_;
};

}  // namespace ttrace
