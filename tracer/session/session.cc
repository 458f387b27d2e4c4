#include "tracer/session/session.h"

#include <fmt/format.h>
#include <sys/random.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>

#include "tracer/base/link_text.h"
#include "tracer/base/result.h"
#include "tracer/engine/init.h"
#include "tracer/intercept/boot_time.h"
#include "tracer/intercept/clock_reads.h"
#include "tracer/intercept/clock_sets.h"
#include "tracer/intercept/inode_changes.h"
#include "tracer/intercept/kernel_stamps.h"
#include "tracer/intercept/life_cycle.h"
#include "tracer/intercept/packet_times.h"
#include "tracer/intercept/persona.h"
#include "tracer/intercept/shim_trap.h"
#include "tracer/intercept/span_reads.h"
#include "tracer/intercept/stat_times.h"
#include "tracer/intercept/time_args.h"
#include "tracer/intercept/written_times.h"
#include "tracer/session/file_systems.h"
#include "tracer/session/proc_status.h"

namespace ttrace {
namespace {

std::uint32_t random_cookie() {
  std::uint32_t cookie = 0;
  while (cookie == 0 && getrandom(&cookie, sizeof cookie, 0) != sizeof cookie) continue;
  return cookie;
}

constexpr const char* kOwnTime = "the machine's own: nothing asked for another";

bool contains(const std::vector<std::string>& list, const char* name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

}  // namespace

Session::Session(const RunOptions& options, RunClock& clock, EventSink& sink, Watch watch)
    : options_(options),
      clock_(clock),
      sink_(sink),
      oversize_(sink, walker_, options.stack_depth),
      paths_(sink, walker_, options.stack_depth),
      wrapped_(clock, sink, paths_),
      listener_(sink),
      connects_(options, sink, walker_, [this](const std::string& text) { add_limit(text); }),
      crashes_(options, sink, walker_),
      cookie_(random_cookie()),
      watch_(contains(options.analyzers, "time")),
      mode_(watch),
      shift_files_(clock.faked() && options.file_times == FileTimes::kShift) {
  // A breakpoint kills where no tracer answers it.
  if (mode_ == Watch::kEachCall) oversize_.returns().use_no_breakpoints();
  make_interceptors();
}

void Session::make_interceptors() {
  const bool watch_clock = watch_ && clock_.may_overflow();
  interceptors_.push_back(std::make_unique<LifeCycle>(*this));
  if (watch_) interceptors_.push_back(std::make_unique<ShimTrap>(cookie_, oversize_));
  if (clock_.faked() || watch_clock) {
    interceptors_.push_back(std::make_unique<ClockReads>(
        ClockReads::Parts{clock_, installer_, oversize_, cookie_, watch_}));
  }
  if (watch_clock) {
    interceptors_.push_back(
        std::make_unique<WrittenTimes>(WrittenTimes::Parts{clock_, sink_, paths_}));
  }
  if (shift_files_ || watch_) {
    interceptors_.push_back(std::make_unique<StatTimes>(
        StatTimes::Parts{clock_, files_, oversize_, call_sites_, cookie_, shift_files_, watch_}));
  }
  if (shift_files_ && options_.clock && options_.root && !options_.root_writable) {
    interceptors_.push_back(std::make_unique<InodeChanges>(files_));
  }
  if (clock_.faked()) {
    interceptors_.push_back(std::make_unique<ClockSets>(
        ClockSets::Parts{clock_, sink_, walker_, options_.stack_depth}));
    interceptors_.push_back(std::make_unique<TimeArgs>(
        TimeArgs::Parts{clock_, watch_ ? &wrapped_ : nullptr, shift_files_}));
    interceptors_.push_back(std::make_unique<IpcTimes>(clock_));
    interceptors_.push_back(std::make_unique<DeviceTimes>(clock_));
    interceptors_.push_back(std::make_unique<PacketTimes>(clock_));
    auto boot_time = std::make_unique<BootTime>(clock_);
    boot_time_ = boot_time.get();
    interceptors_.push_back(std::move(boot_time));
    if (clock_.params().scaled) interceptors_.push_back(std::make_unique<SpanReads>(clock_));
  }
  if (options_.kernel != KernelPersona::kNative) {
    // Last, so that no other interceptor answers for a call that this kernel does not have.
    interceptors_.push_back(
        std::make_unique<Persona>(Persona::Parts{options_.kernel, sink_, paths_}));
  }
  // First of all: a call at which --crash strikes is not made.
  for (Interceptor* const interceptor : crashes_.interceptors()) {
    interceptor->subscribe(subscriptions_);
  }
  for (const auto& interceptor : interceptors_) interceptor->subscribe(subscriptions_);
  for (Interceptor* const interceptor : connects_.interceptors()) {
    interceptor->subscribe(subscriptions_);
  }
}

void Session::follow_clock(const Tracer& tracer) {
  clock_.on_change([this, &tracer] {
    for (const auto& [pid, process] : tracer.processes()) {
      ShimInstaller::update_clock(*process, clock_.params());
    }
  });
}

void Session::begin(Pid child) {
  // With a changed rate alone the machine's boot stays where it was.
  if (!shift_files_ || !options_.clock) return;
  files_ = look_at_file_systems(child, options_.root && !options_.root_writable);
}

bool Session::wants_shim() const {
  return clock_.faked() || watch_ || options_.kernel != KernelPersona::kNative;
}

ShimSettings Session::shim_settings() const {
  return {clock_.params(), files_, cookie_, shift_files_, watch_, options_.kernel};
}

// Without a clock to move, what runs already is left as it is: its system calls are seen anyway.
void Session::attached(Process& process) {
  process.time_served = clock_.faked() ? "" : kOwnTime;  // empty: move_clocks() is to see to it
  time_served_[raw(process.pid)] = process.time_served;
  if (process.abi == Abi::kI386) ++processes_32bit_;
}

bool Session::move_clocks(Tracer& tracer) {
  if (!clean_ && !(clean_ = mover_.clean_up(tracer))) return false;
  if (!clock_.faked()) return true;
  const bool done = mover_.move(tracer, shim_settings());
  for (const auto& [pid, process] : tracer.processes()) {
    time_served_[raw(pid)] = process->time_served;
    if (process->time_served.starts_with("system calls only")) {
      add_limit(fmt::format("the clock of process {} could not be moved whole; {}", raw(pid),
                            process->time_served));
    }
  }
  return done;
}

void Session::tell_unmoved(const Tracer& tracer) {
  for (auto& [pid, how] : time_served_) {
    if (!how.empty()) continue;
    if (!tracer.processes().contains(Pid{pid})) {
      how = "not at all: it ended before its clock could be moved";
      continue;
    }
    how = "not at all: its threads were never all out of the code that is to be changed";
    add_limit(fmt::format("the clock of process {} was not moved; attach again", pid));
  }
}

bool Session::give_clocks_back(Tracer& tracer) { return mover_.give_back(tracer, clock_); }

void Session::on_leave(const Tracer& tracer) {
  connects_.on_leave();
  for (const auto& [pid, process] : tracer.processes()) collect(*process);
}

void Session::add_limit(const std::string& text) {
  if (std::find(limits_.begin(), limits_.end(), text) == limits_.end()) limits_.push_back(text);
}

void Session::note_tracer(Process& process, Pid tid) {
  const Event event = sink_.make(process, tid);
  add_limit(fmt::format(
      "{} tried to trace a process of the run; tracers cannot be nested, so its ptrace call "
      "failed with EPERM. Run it without ttrace, or as the command itself (it then runs untraced)",
      event.process.comm));
}

// Its calls pass the filter, and it goes on with the machine's own clock; i386 programs that it
// starts are traced again.
void Session::note_untraced(Process& process, Pid tid) {
  const Event event = sink_.make(process, tid);
  add_limit(
      fmt::format("{} ran untraced: it is a 64-bit program, and this ttrace traces {} programs "
                  "only. Use ttrace "
                  "for amd64",
                  event.process.comm, traced_names()));
}

void Session::on_new_process(Tracee& maker, Process& child, bool shares_memory) {
  if (!shares_memory) CallPaths::rebase(child);
  time_served_[raw(child.pid)] = child.time_served;
  Event event = sink_.make(child, child.pid);
  event.what = ProcessStarted{raw(maker.process->pid)};
  sink_.emit(event);
  crashes_.on_new_process(maker, child);
}

void Session::on_concurrency(Process& process) { CallPaths::count_locked(process); }

void Session::before_exec(Tracee& tracee) { collect(*tracee.process); }

// A shell, say, may become a systemd. It has not yet run an instruction of its own, and never will:
// with its PID 1 the kernel ends the whole namespace.
void Session::spare_machine(const Process& process) {
  const auto status = read_status(process.pid);
  if (!status || status->inner_tgid != 1) return;
  try {
    refuse_systemd(link_text(fmt::format("/proc/{}/exe", raw(process.pid))));
  } catch (const UserError&) {
    (void)kill(raw(process.pid), SIGKILL);
    throw;
  }
}

void Session::after_exec(Tracee& tracee) {
  clock_.begin();
  clock_.extend_horizon();
  Process& process = *tracee.process;
  if (options_.init && !options_.root) spare_machine(process);
  connects_.at_exec(process);  // names by what is remembered of the program that was
  walker_.forget(process.pid);
  if (mode_ == Watch::kEachCall && clock_.faked()) {
    mover_.after_exec(tracee, shim_settings());
  } else if (mode_ == Watch::kFilter && wants_shim()) {
    installer_.install(tracee, shim_settings());
    call_sites_.redirect_known(process);
  } else {
    if (const auto regs = get_regs(tracee.tid)) process.abi = abi_of(*regs);
    process.time_served = kOwnTime;
  }
  if (!is_traced(process.abi)) note_untraced(process, tracee.tid);
  if (boot_time_) boot_time_->after_exec(process);
  if (process.abi == Abi::kI386) ++processes_32bit_;
  time_served_[raw(process.pid)] = process.time_served;
  Event event = sink_.make(process, tracee.tid);
  event.what = ProcessExeced{};
  sink_.emit(event);
  crashes_.after_exec(tracee);
}

void Session::on_thread_exit(Tracee& tracee, bool last) {
  oversize_.returns().give_up(tracee);
  listener_.finish(tracee);
  connects_.on_thread_exit(tracee, last);
  crashes_.on_thread_exit(tracee, last);
  if (last) collect(*tracee.process);
}

void Session::on_process_gone(Process& process, int status) {
  walker_.forget(process.pid);
  Event event = sink_.make(process, process.pid);
  ProcessExited exited;
  if (WIFEXITED(status)) exited.code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) exited.signal = WTERMSIG(status);
  crashes_.on_process_gone(process, status);
  event.what = exited;
  sink_.emit(event);
}

bool Session::on_breakpoint(Tracee& tracee) {
  return crashes_.on_breakpoint(tracee) || oversize_.returns().on_breakpoint(tracee);
}

void Session::on_interrupted(Tracee& tracee) {
  connects_.on_interrupted(tracee);
  crashes_.on_interrupted(tracee);
}

Observer::Delivery Session::on_signal(Tracee& tracee, int signal) {
  return crashes_.on_signal(tracee, signal);
}

void Session::on_handler_entry(Tracee& tracee) { crashes_.on_handler_entry(tracee); }

void Session::on_followed(Tracee& tracee, const SyscallInfo& info) {
  crashes_.on_followed(tracee, info);
}

void Session::on_listen(Tracee& tracee, Abi abi, SyscallNr nr,
                        const std::array<std::uint64_t, 6>& args) {
  listener_.on_syscall(tracee, abi, nr, args);
}

void Session::collect(Process& process) {
  dropped_ += CallPaths::collect(process, [&](std::uint64_t path_id, std::uint64_t times) {
    Event event = sink_.make(process, process.pid);
    event.what = PathRepeated{path_id, times};
    sink_.emit(event);
  });
}

}  // namespace ttrace
