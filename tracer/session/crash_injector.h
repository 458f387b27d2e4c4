// --crash: a signal at a chosen moment, looking as if the program had brought it on itself. At a
// system call, the call is not made: registers are put back to before its instruction, so that a
// handler that returns makes it then. At a function, a hardware breakpoint stops at its first
// instruction; not a byte of the target is changed.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tracer/cli/crash_rule.h"
#include "tracer/engine/interceptor.h"
#include "tracer/engine/ptrace.h"
#include "tracer/session/event_sink.h"

namespace ttrace {

class Tracer;
class FunctionFinder;

class CrashInjector : public Interceptor {
 public:
  CrashInjector(const std::vector<CrashRule>& rules, EventSink& sink);
  ~CrashInjector() override;

  bool any() const { return !rules_.empty(); }
  void subscribe(std::vector<Subscription>& subscriptions) override;
  Next on_entry(SyscallStop& stop) override;
  void on_exit(SyscallStop& stop) override;

  /// Returns true while one waits for its time.
  bool on_tick(const Tracer& tracer);
  void after_exec(Tracee& tracee);
  void on_new_process(const Process& parent, const Process& child);
  /// The thread is new, or was asked to stop.
  void on_interrupted(Tracee& tracee);
  /// SIGTRAP of a hardware breakpoint: true, if it is one of a rule's function.
  bool on_breakpoint(Tracee& tracee);
  void on_process_gone(const Process& process) { addresses_.erase(process.pid); }

  /// A signal of ours is about to be delivered: `info` is made what a real fault would have.
  bool take(Tracee& tracee, siginfo_t& info);

  /// A sentence for each rule that was never applied.
  std::vector<std::string> unapplied() const;

 private:
  struct State {
    CrashRule rule;
    std::uint64_t seen = 0;
    bool sent = false;
    bool found = false;  // the function, somewhere
  };
  struct Pending {
    State* state;
    std::optional<std::uint64_t> call;  // the number of the call that was not made
  };
  bool meant(const State& state, Pid tid) const;
  void send(Tracee& tracee, State& state, std::optional<std::uint64_t> call);
  bool send_by_name(const Tracer& tracer, State& state);
  void look_for_functions(Tracee& tracee);
  void arm(Tracee& tracee);
  static void set_control(const Tracee& tracee);

  std::vector<State> rules_;
  EventSink& sink_;
  std::unique_ptr<FunctionFinder> finder_;
  std::map<Pid, Pending> pending_;                            // by thread
  std::map<Pid, std::map<State*, std::uint64_t>> addresses_;  // of functions, by process
  std::optional<std::chrono::nanoseconds> started_;
};

}  // namespace ttrace
