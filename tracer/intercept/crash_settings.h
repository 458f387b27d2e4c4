// What decides, long before, what a crash will look like: handlers for the signals that dump core,
// the core's limit, dumpable, changes of credentials. Subscribed by argument, so that handlers of
// other signals, prctl(PR_SET_NAME) and the like cost nothing.
#pragma once

#include <map>
#include <set>

#include "tracer/engine/interceptor.h"
#include "tracer/session/core_conditions.h"
#include "tracer/session/event_sink.h"

namespace ttrace {

class CrashSettings : public Interceptor {
 public:
  explicit CrashSettings(EventSink& sink) : sink_(sink) {}
  void subscribe(std::vector<Subscription>& subscriptions) override;
  Next on_entry(SyscallStop& stop) override;
  void on_exit(SyscallStop& stop) override;

  /// A new program runs: is it one that must not be dumped (set-user-ID, unreadable)?
  void after_exec(Tracee& tracee);
  void on_new_process(const Process& parent, const Process& child);
  Dumpable dumpable(Pid pid) const;

 private:
  void on_action(SyscallStop& stop, const std::string& name);
  void on_prctl(SyscallStop& stop);
  void on_seccomp(SyscallStop& stop);
  void on_alternate_stack(SyscallStop& stop);
  void on_limit(SyscallStop& stop, const std::string& name);
  void note_dumpable(Pid pid, const CoreSetting& setting);
  void emit(SyscallStop& stop, CoreSetting setting);

  EventSink& sink_;
  std::map<Pid, std::string> ids_before_;  // of threads in a call that may change them
  std::map<Pid, Dumpable> undumpable_;
};

}  // namespace ttrace
