// One run of a target: joins the engine with the shim, the clock and the stacks, and turns what
// they see into events. The interceptors of the run are made and owned here.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tracer/cli/options.h"
#include "tracer/clock/run_clock.h"
#include "tracer/engine/interceptor.h"
#include "tracer/engine/tracer.h"
#include "tracer/session/clock_mover.h"
#include "tracer/session/connect_watch.h"
#include "tracer/session/crash_watch.h"
#include "tracer/session/event_sink.h"
#include "tracer/session/listener.h"
#include "tracer/session/oversize_reporter.h"
#include "tracer/session/syscall_paths.h"
#include "tracer/session/wrapped_reporter.h"
#include "tracer/shim/call_sites.h"
#include "tracer/shim/installer.h"

namespace ttrace {

class Session : public Observer {
 public:
  Session(const RunOptions& options, RunClock& clock, EventSink& sink,
          Watch watch = Watch::kFilter);

  const std::vector<Subscription>& subscriptions() const { return subscriptions_; }
  /// Tells every process of `tracer` when the clock changes.
  void follow_clock(const Tracer& tracer);

  /// The target is ready to execute, in its root.
  void begin(Pid child);

  /// A process that runs already has been taken.
  void attached(Process& process);
  /// Moves the clocks of such processes, if that was asked for. False: it must be tried again.
  bool move_clocks(Tracer& tracer);
  /// Says of which processes the clocks were not moved to the end. Before `tracer` forgets them.
  void tell_unmoved(const Tracer& tracer);
  /// Gives them back. False: it must be tried again.
  bool give_clocks_back(Tracer& tracer);
  /// ttrace is about to let go of its targets, which run on.
  void on_leave(const Tracer& tracer);

  std::uint64_t dropped() const { return dropped_; }
  std::uint64_t processes_32bit() const { return processes_32bit_; }
  const std::map<int, std::string>& time_served() const { return time_served_; }
  const std::vector<std::string>& limits() const { return limits_; }
  void add_limit(const std::string& text);
  ConnectWatch& connects() { return connects_; }
  CrashWatch& crashes() { return crashes_; }
  /// A process of the run tried to trace another.
  void note_tracer(Process& process, Pid tid);
  void note_untraced(Process& process, Pid tid);

  // Observer
  void on_new_process(Tracee& maker, Process& child, bool shares_memory) override;
  void on_concurrency(Process& process) override;
  void before_exec(Tracee& tracee) override;
  void after_exec(Tracee& tracee) override;
  void on_thread_exit(Tracee& tracee, bool last) override;
  void on_process_gone(Process& process, int wait_status) override;
  void on_interrupted(Tracee& tracee) override;
  Delivery on_signal(Tracee& tracee, int signal) override;
  void on_handler_entry(Tracee& tracee) override;
  void on_followed(Tracee& tracee, const SyscallInfo& info) override;
  bool on_breakpoint(Tracee& tracee) override;
  void on_listen(Tracee& tracee, Abi abi, SyscallNr nr,
                 const std::array<std::uint64_t, 6>& args) override;

 private:
  void make_interceptors();
  bool wants_shim() const;
  ShimSettings shim_settings() const;
  void collect(Process& process);
  void spare_machine(const Process& process);

  const RunOptions& options_;
  RunClock& clock_;
  EventSink& sink_;
  StackWalker walker_;
  ShimInstaller installer_;
  CallSites call_sites_;
  ClockMover mover_{installer_};
  bool clean_ = false;  // of what a ttrace that was killed has left in a process
  OversizeReporter oversize_;
  SyscallPaths paths_;
  WrappedReporter wrapped_;
  Listener listener_;
  ConnectWatch connects_;
  CrashWatch crashes_;
  std::uint32_t cookie_;
  shim::FileSystems files_{};
  bool watch_;  // the time analyzer runs
  Watch mode_;
  bool shift_files_;
  std::vector<std::unique_ptr<Interceptor>> interceptors_;
  class BootTime* boot_time_ = nullptr;  // one of them; none with the machine's own clock
  std::vector<Subscription> subscriptions_;
  std::uint64_t dropped_ = 0;
  std::uint64_t processes_32bit_ = 0;
  std::map<int, std::string> time_served_;
  std::vector<std::string> limits_;
};

}  // namespace ttrace
