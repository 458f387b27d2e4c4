#include "tracer/session/attached_run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <exception>
#include <fstream>
#include <memory>
#include <optional>
#include <thread>

#include "tracer/session/analysis.h"
#include "tracer/session/attach_targets.h"
#include "tracer/session/job_control.h"
#include "tracer/session/live_blocked.h"
#include "tracer/session/session.h"

namespace ttrace {
namespace {

constexpr std::chrono::nanoseconds kLeavePatience = std::chrono::seconds(2);
constexpr const char* kShimLeft =
    "what moved the clock is out of use, but still mapped: a thread seems to be inside";

std::vector<std::string> command_line(Pid pid) {
  std::ifstream file(fmt::format("/proc/{}/cmdline", raw(pid)));
  std::vector<std::string> words;
  for (std::string word; std::getline(file, word, '\0');) words.push_back(word);
  return words;
}

/// In the calling thread. Signals to ttrace interrupt its waits where they are not blocked.
void set_signals_blocked(bool blocked) {
  sigset_t signals;
  blocked ? sigfillset(&signals) : sigemptyset(&signals);
  pthread_sigmask(SIG_SETMASK, &signals, nullptr);
}

/// From the last look until this thread ends, a signal that a target ignores (SIGCHLD, say) would
/// end its wait with EINTR: no time to leave the processor to others. Where that is not allowed, it
/// is done without.
void hurry() {
  const sched_param lowest{1};
  (void)sched_setscheduler(0, SCHED_FIFO, &lowest);
}

class AttachedRun {
 public:
  AttachedRun(const AttachOptions& options, const RunSeams& seams)
      : options_(options.run),
        seams_(seams),
        clock_(options_.clock, options_.rate),
        analysis_(options_.analyzers),
        live_(options_.verbosity < 0),
        sink_([this](const Event& event) {
          analysis_.on_event(event);
          live_.on_event(event);
          if (seams_.on_event) seams_.on_event(event);
        }),
        session_(options_, clock_, sink_, Watch::kEachCall),
        tracer_(session_, session_.subscriptions(), Watch::kEachCall),
        targets_(find_targets(options, left_out_)) {
    session_.follow_clock(tracer_);
  }
  /// Until all are let go by the end of the calling thread, which is to come at once: what stops
  /// in between is let go with a call cut short.
  void trace();
  /// After that.
  RunResult finish();

 private:
  void take_all();
  void watch();
  void leave();
  void say(const char* what) const;

  const RunOptions& options_;
  const RunSeams& seams_;
  RunClock clock_;
  Analysis analysis_;
  LiveBlocked live_;
  EventSink sink_;
  Session session_;
  Tracer tracer_;
  std::vector<std::string> left_out_;
  std::vector<AttachTarget> targets_;
  std::optional<std::chrono::nanoseconds> leave_by_;
  RunResult result_;
};

// Those that were found by name or group may end, or be out of reach, while others are taken.
void AttachedRun::take_all() {
  std::optional<UserError> refused;
  std::erase_if(targets_, [&](const AttachTarget& target) {
    const auto process = tracer_.attach(target.pid, target.abi);
    if (!process) {
      refused = refusal(target, process.error());
      left_out_.emplace_back(refused->what());
      return true;
    }
    session_.attached(**process);
    return false;
  });
  if (targets_.empty() && refused) throw *refused;
  for (const std::string& text : left_out_) session_.add_limit("left out: " + text);
}

void AttachedRun::say(const char* what) const {
  constexpr std::size_t kNamed = 3;
  if (options_.verbosity < 0) return;
  std::vector<std::string> names;
  for (const AttachTarget& target : targets_) {
    if (names.size() < kNamed) names.push_back(target.name);
  }
  const std::size_t more = targets_.size() - names.size();
  fmt::print(stderr, "ttrace: {} {}{}{}\n", what, fmt::join(names, ", "),
             more > 0 ? fmt::format(" and {} more", more) : "",
             tracer_.leaving() ? ", which runs on" : "; Ctrl-C detaches");
}

// Called again until it has been done.
void AttachedRun::leave() {
  if (tracer_.leaving()) return;
  const auto now = sink_.elapsed();
  if (!leave_by_) {
    leave_by_ = now + kLeavePatience;
    session_.on_leave(tracer_);
  }
  if (!session_.give_clocks_back(tracer_)) {
    if (now < *leave_by_) return;
    session_.add_limit(kShimLeft);
  }
  tracer_.leave();
  say("detached from");
  hurry();
}

void AttachedRun::watch() {
  ConnectWatch& connects = session_.connects();
  CrashWatch& crashes = session_.crashes();
  JobControl jobs(tracer_, options_.timeout);
  say("attached to");  // from now on Ctrl-C detaches
  crashes.use(tracer_);
  connects.on_begin([&] { jobs.keep_waking(true); });
  crashes.on_begin([&] { jobs.keep_waking(true); });
  jobs.on_time_up([&] { return connects.ask_where(tracer_); });
  jobs.leave_instead([this] { leave(); });
  connects.look_around(tracer_);
  bool moved = session_.move_clocks(tracer_);
  jobs.keep_waking(true);
  tracer_.run(JobControl::woken(), [&] {
    clock_.extend_horizon();
    jobs.on_wakeup();
    if (!moved && !leave_by_) moved = session_.move_clocks(tracer_);
    const bool looking = !connects.has_looked(tracer_);
    const bool connecting = connects.on_tick();
    const bool crashing = crashes.on_tick();
    jobs.keep_waking(looking || !moved || leave_by_ || connecting || crashing);
  });
  result_.timed_out = jobs.timed_out();
  result_.interrupted = jobs.asked_to_end();
  set_signals_blocked(true);  // while nobody handles them: what comes now came for the watch
}

RunResult AttachedRun::finish() {
  session_.connects().on_tick();  // what is still to be named
  RunInfo& info = result_.info;
  session_.tell_unmoved(tracer_);
  for (const std::string& text : session_.crashes().unapplied()) session_.add_limit(text);
  info.duration = sink_.elapsed();
  info.processes = tracer_.processes_seen();
  info.processes_32bit = session_.processes_32bit();
  info.events = sink_.count();
  info.stops = tracer_.stops();
  info.dropped = session_.dropped();
  info.time_served = session_.time_served();
  info.limits = session_.limits();
  if (tracer_.main_is_gone()) set_exit(info, tracer_.main_status());
  result_.findings = analysis_.finish(options_.stack_depth);
  return std::move(result_);
}

void AttachedRun::trace() {
  take_all();
  clock_.begin();
  result_.info = first_facts(options_, clock_);
  result_.info.command = command_line(targets_.front().pid);
  for (const AttachTarget& target : targets_) result_.info.attached.push_back(raw(target.pid));
  if (seams_.on_begin) seams_.on_begin(result_.info);
  watch();
}

constexpr std::array kAsking = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM};
std::atomic<std::int64_t> ended_ns;  // on the monotonic clock

std::int64_t monotonic_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * std::int64_t{1'000'000'000} + now.tv_nsec;
}

void end_if_meant(int signal) {
  constexpr std::int64_t kTwin = 1'000'000'000;
  if (monotonic_ns() - ended_ns < kTwin) return;
  std::signal(signal, SIG_DFL);
  (void)raise(signal);
}

/// What asked ttrace to end may come twice (from timeout(1), to a process and to its group): that
/// must not cost the report. Who asks again later wants no report.
void pass_over_twins() {
  ended_ns = monotonic_ns();
  struct sigaction action {};
  action.sa_handler = end_if_meant;
  action.sa_flags = SA_RESTART;
  for (const int signal : kAsking) sigaction(signal, &action, nullptr);
}

}  // namespace

// A thread of its own, since the end of the thread that traces is the one way to let go of a thread
// that is blocked in a system call without disturbing it (Tracer::leave()).
RunResult attach_once(const AttachOptions& options, const RunSeams& seams) {
  std::signal(SIGPIPE, SIG_IGN);  // a report that nobody reads must not end the watch
  AttachedRun run(options, seams);
  sigset_t former;
  pthread_sigmask(SIG_SETMASK, nullptr, &former);
  set_signals_blocked(true);
  std::exception_ptr failure;
  std::thread([&] {
    set_signals_blocked(false);
    try {
      run.trace();
    } catch (...) {
      failure = std::current_exception();
    }
  }).join();
  if (!failure) pass_over_twins();
  pthread_sigmask(SIG_SETMASK, &former, nullptr);
  if (failure) std::rethrow_exception(failure);
  return run.finish();
}

}  // namespace ttrace
