// The engine: waits for stops, says what each is, hands it to interceptors and observer, and lets
// the thread go on. From wait status to resume in six steps: wait, identify, decode, dispatch, act,
// resume.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "tracer/engine/halt.h"
#include "tracer/engine/interceptor.h"
#include "tracer/engine/observer.h"
#include "tracer/engine/ptrace.h"
#include "tracer/engine/targets.h"

namespace ttrace {

/// As /proc has it now.
bool is_thread_of(Pid process, Pid tid);

class Tracer : public Targets {
 public:
  Tracer(Observer& observer, const std::vector<Subscription>& subscriptions,
         Watch watch = Watch::kFilter);

  /// Takes a child of ours that waits to execute under trace. Throws UserError if not allowed.
  void adopt(Pid pid);
  /// The same for one that is not the command's.
  void adopt_also(Pid pid);

  /// Takes a process that runs already, with all its threads, which run on. The error is that of
  /// the first thread: nothing is traced then. Only with Watch::kEachCall.
  Result<std::shared_ptr<Process>> attach(Pid pid, Abi abi);
  /// Has a thread stop soon. A blocking call is interrupted by that, and goes on.
  Status ask(Pid tid);
  /// Stops every thread that has this memory, runs `action`, and lets each go on from where it
  /// stopped. `action` may leave a thread in another stop, if it notes its status.
  void while_halted(const AddressSpace& space, const std::function<void(Halted&)>& action);
  /// From now on each thread is let go at its next stop, and asked for one where that harms
  /// nothing. Threads that are blocked in a call which nobody tampers with stay as they are: the
  /// kernel lets them go, undisturbed, when the thread that called run() ends. run() returns when
  /// no others are left.
  void leave();
  bool leaving() const { return leaving_; }

  /// Runs until no tracee is left. `on_wakeup` is called soon after a handler of a signal to ttrace
  /// itself has set `woken`, however busy the targets are.
  void run(std::atomic<bool>& woken, const std::function<void()>& on_wakeup);

  /// Lets a thread go on whose signal was held back (Observer::Delivery::kHold).
  void deliver(Pid tid, int signal, Observer::Delivery how);

  void signal_all(int signal) const override;
  void signal_main(int signal) const override;
  void on_main_stop(std::function<void(int signal)> callback) override {
    main_stop_ = std::move(callback);
  }
  void on_main_gone(std::function<void()> callback) override {
    main_has_gone_ = std::move(callback);
  }

  std::uint64_t stops() const { return stops_; }
  std::uint64_t processes_seen() const { return processes_seen_; }
  /// The target that was adopted.
  Pid main_pid() const { return main_; }
  bool main_is_gone() const override { return main_gone_; }
  /// Wait status of the target that was adopted, once it is gone.
  int main_status() const { return main_status_; }
  std::size_t live_processes() const { return processes_.size(); }
  const std::map<Pid, std::shared_ptr<Process>>& processes() const { return processes_; }
  const std::unordered_map<Pid, Tracee>& tracees() const { return tracees_; }

 private:
  struct Subscriber {
    Interceptor* interceptor;
    std::vector<std::vector<Subscription::Condition>> when;  // any of them; all in each
  };
  using Table = std::map<std::pair<Abi, SyscallNr>, std::vector<Subscriber>>;

  void dispatch(Pid tid, int status);
  void on_stop(Tracee& tracee, int status);
  void on_syscall_stop(Tracee& tracee, bool asked);
  void look_at_entry(Tracee& tracee, const SyscallInfo& info);
  void on_seccomp(Tracee& tracee);
  void on_signal(Tracee& tracee, int signal);
  void deliver(Tracee& tracee, int signal, Observer::Delivery how);
  void on_ending(Tracee& tracee);
  void on_group_stop(Tracee& tracee, int signal);
  void on_new_task(Tracee& parent, int event);
  void on_exec(Tracee& tracee);
  void adopt_orphans(Pid lost);
  void on_gone(Pid tid, int status);
  void enter_syscall(Tracee& tracee, const SyscallInfo& info, std::uint64_t nr,
                     const std::uint64_t* args, const Table& table);
  void leave_syscall(Tracee& tracee, const SyscallInfo& info);
  void leave_execve(Tracee& tracee);
  void let_go(Tracee& tracee, int signal = 0);
  bool can_leave(const Tracee& tracee) const;
  bool is_wanted(const Subscriber& subscriber, const std::uint64_t* args) const;
  bool has_left() const;
  bool mend_interrupted(const Tracee& tracee);
  bool ask_to_mend(const Tracee& tracee);
  void attach_thread(const std::shared_ptr<Process>& process, Pid tid);
  std::shared_ptr<Process> add_process(Pid pid, Pid parent);

  Observer& observer_;
  Watch watch_;
  bool leaving_ = false;
  Table interceptors_;
  Table followers_;  // of calls that are seen in followed processes only
  std::unordered_map<Pid, Tracee> tracees_;
  std::unordered_map<Pid, int> early_;  // first stops that came before their parent's event
  std::map<Pid, std::shared_ptr<Process>> processes_;
  std::function<void(int)> main_stop_;
  std::function<void()> main_has_gone_;
  Pid main_{0};
  bool main_gone_ = false;
  int main_status_ = 0;
  std::uint64_t stops_ = 0;
  std::uint64_t processes_seen_ = 0;
};

}  // namespace ttrace
