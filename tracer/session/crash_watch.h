// All that a run does about crashes, in one place for the session. A fatal signal begins a story:
// its facts are taken before it is delivered; what follows is told by CrashFollower. A program that
// never crashes pays for nothing but the calls CrashSettings subscribes to.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <vector>

#include "tracer/cli/options.h"
#include "tracer/engine/tracer.h"
#include "tracer/intercept/core_waits.h"
#include "tracer/intercept/crash_settings.h"
#include "tracer/session/core_conditions.h"
#include "tracer/session/core_writer.h"
#include "tracer/session/crash_facts.h"
#include "tracer/session/crash_follower.h"
#include "tracer/session/crash_injector.h"
#include "tracer/session/crash_stacks.h"
#include "tracer/stacks/stack_walker.h"

namespace ttrace {

class CrashWatch {
 public:
  using Delivery = Observer::Delivery;
  CrashWatch(const RunOptions& options, EventSink& sink, StackWalker& walker);

  std::vector<Interceptor*> interceptors();
  /// Whose threads are asked for their stacks, and who lets a held signal go on.
  void use(Tracer& tracer) { tracer_ = &tracer; }
  /// `callback` is called when on_tick() is needed every 50 ms or so, until it returns false.
  void on_begin(std::function<void()> callback) { begin_ = std::move(callback); }
  bool on_tick();
  /// Starts a program under trace with this standard input, which it takes over, to read the core
  /// of that process; nullopt: it cannot.
  using Start = std::function<std::optional<Pid>(const std::vector<std::string>&, int, Pid)>;
  void on_pipe(Start start) { start_ = std::move(start); }

  Delivery on_signal(Tracee& tracee, int signal);
  bool on_breakpoint(Tracee& tracee) { return injector_.any() && injector_.on_breakpoint(tracee); }
  /// What --crash could not do.
  std::vector<std::string> unapplied() const { return injector_.unapplied(); }
  void on_handler_entry(Tracee& tracee) { follower_.on_handler_entry(tracee); }
  void on_followed(Tracee& tracee, const SyscallInfo& info) { follower_.on_syscall(tracee, info); }
  void on_new_process(const Tracee& maker, Process& child);
  void after_exec(Tracee& tracee);
  void on_interrupted(Tracee& tracee);
  void on_thread_exit(Tracee& tracee, bool last);
  void on_process_gone(Process& process, int wait_status);

 private:
  struct Waiting {
    Pid tid;
    int signal;
    Delivery how;
  };
  /// A process whose other threads are being asked for their stacks.
  struct Held {
    Event event;
    std::vector<Waiting> waiting;
    std::set<Pid> asked;
    std::vector<ThreadRegisters> registers;  // for a core of ours
    std::chrono::nanoseconds since{0};
  };

  Event fatal_event(Tracee& tracee, const siginfo_t& info, SignalAction::What action,
                    bool injected);
  void tell_of_child(Tracee& tracee);
  Delivery on_init_signal(Tracee& tracee, const siginfo_t& info, bool injected);
  Delivery begin(Tracee& tracee, int signal, Event event, Delivery how);
  bool ask_threads(Tracee& tracee, Held& held);
  void release(Pid pid);
  void let_die(const Held& held);
  bool play_kernel(Held& held);
  bool pipe_core(Held& held, const FatalSignal& fatal, const Process& process,
                 const siginfo_t& info);
  void on_reader_gone(Process& reader, int status);
  bool wants_core(const Event& event) const;

  EventSink& sink_;
  CrashStacks stacks_;
  CoreWaits waits_;
  CrashFollower follower_;
  Tracer* tracer_ = nullptr;
  bool analyze_;
  CorePattern pattern_;
  CrashSettings settings_;
  CrashInjector injector_;
  std::function<void()> begin_;
  std::map<Pid, int> stories_;  // by process
  std::map<Pid, unsigned> crashes_;
  std::map<Pid, Held> held_;
  Start start_;
  /// A program that reads a core, and the process it is of, which waits for its end.
  struct Reader {
    Held held;
    CorePiped piped;
  };
  std::map<Pid, Reader> readers_;
  std::map<Pid, std::uint64_t> written_;  // cores of ours, by process
  std::map<Pid, CorePlace> places_;       // of processes that are about to dump
};

}  // namespace ttrace
