// The system calls at which a process changes its nature: execve, after which nothing of the old
// address space can be read any more, and ptrace, which cannot be nested.
#pragma once

#include "tracer/engine/interceptor.h"

namespace ttrace {

class Session;

class LifeCycle : public Interceptor {
 public:
  explicit LifeCycle(Session& session) : session_(session) {}
  void subscribe(std::vector<Subscription>& subscriptions) override;
  Next on_entry(SyscallStop& stop) override;

 private:
  void tell_nested(SyscallStop& stop);

  Session& session_;
};

}  // namespace ttrace
