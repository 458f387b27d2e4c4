// The ptrace engine as a run sees it: joins tracer, session and job control.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>

#include "analyzers/report/text_format.h"
#include "tracer/base/first_line.h"
#include "tracer/base/unique_fd.h"
#include "tracer/session/engine.h"
#include "tracer/session/one_run.h"
#include "tracer/session/session.h"

namespace ttrace {
namespace {

std::string name_of(const Process& process) {
  const std::string comm = first_line(fmt::format("/proc/{}/comm", raw(process.pid)));
  return printable(fmt::format("{}[{}]", comm, raw(process.pid)));
}

// Someone who waits for the prompt should know for whom.
void tell_left_behind(const Tracer& tracer) {
  constexpr std::size_t kNamed = 3;
  std::vector<std::string> names;
  for (const auto& [pid, process] : tracer.processes()) {
    if (names.size() < kNamed) names.push_back(name_of(*process));
  }
  const std::size_t more = tracer.processes().size() - names.size();
  fmt::print(stderr, "ttrace: the command has ended, but left {}{} running: Ctrl-C ends {}\n",
             fmt::join(names, ", "), more > 0 ? fmt::format(" and {} more", more) : "",
             tracer.processes().size() > 1 ? "them" : "it");
}

constexpr const char* kSetUserIdLimit =
    "set-user-ID programs run without their privileges: an ordinary user's seccomp filter does not "
    "let them have any. Run ttrace as root, with -u USER";

class PtraceEngine : public Engine {
 public:
  PtraceEngine(const RunOptions& options, RunClock& clock, EventSink& sink)
      : options_(options), clock_(clock), sink_(sink) {}
  const char* name() const override { return "ptrace"; }
  void build() override { watch_.emplace(options_, clock_, sink_); }
  void adopt(Pid child) override { watch_->tracer.adopt(child); }
  Targets& targets() override { return watch_->tracer; }
  void run(Launch& launch, JobControl& jobs) override;
  void describe(Launch& launch, RunInfo& info) override;
  int wait_status() const override { return watch_->tracer.main_status(); }

 private:
  struct Watch {
    Watch(const RunOptions& options, RunClock& clock, EventSink& sink)
        : session(options, clock, sink),
          filter(make_filter(session.subscriptions())),
          tracer(session, session.subscriptions()) {
      session.follow_clock(tracer);
    }
    Session session;
    FilterProgram filter;
    Tracer tracer;
  };
  std::optional<Pid> launch_reader(const std::vector<std::string>& words, int core, Pid of);

  const RunOptions& options_;
  RunClock& clock_;
  EventSink& sink_;
  std::optional<Watch> watch_;
  std::vector<std::unique_ptr<Launch>> readers_;  // programs that are given a core
};

// The kernel runs it in the machine's own root and namespaces; with --init, the target's are what
// stands for a machine.
std::optional<Pid> PtraceEngine::launch_reader(const std::vector<std::string>& words, int core,
                                               Pid of) {
  LaunchOptions reading = launch_options(options_);
  const UniqueFd crashed(static_cast<int>(syscall(SYS_pidfd_open, raw(of), 0)));
  if (reading.init && crashed) {
    reading.beside = crashed.get();
    reading.root.reset();
  }
  reading.command = words;
  reading.user.reset();
  reading.init = false;
  reading.files.in = core;
  try {
    readers_.push_back(std::make_unique<Launch>(reading));
    readers_.back()->wait_until_ready();
    watch_->tracer.adopt_also(readers_.back()->pid());
    readers_.back()->go(watch_->filter);
    return readers_.back()->pid();
  } catch (const UserError& error) {
    watch_->session.add_limit(fmt::format("--core-pattern: {}", error.what()));
    return std::nullopt;
  }
}

void PtraceEngine::run(Launch& launch, JobControl& jobs) {
  Tracer& tracer = watch_->tracer;
  ConnectWatch& connects = watch_->session.connects();
  CrashWatch& crashes = watch_->session.crashes();
  crashes.use(tracer);
  crashes.on_pipe([this](const std::vector<std::string>& words, int core, Pid of) {
    return launch_reader(words, core, of);
  });
  connects.on_begin([&] { jobs.keep_waking(true); });
  crashes.on_begin([&] { jobs.keep_waking(true); });
  if (options_.verbosity >= 0) jobs.on_left_behind([&] { tell_left_behind(tracer); });
  jobs.on_time_up([&] { return connects.ask_where(tracer); });
  launch.go(watch_->filter);
  watch_->session.begin(launch.pid());  // while the child loads the filter
  tracer.run(JobControl::woken(), [&] {
    clock_.extend_horizon();
    jobs.on_wakeup();
    const bool connecting = connects.on_tick();
    const bool crashing = crashes.on_tick();
    jobs.keep_waking(connecting || crashing);
  });
  connects.on_tick();  // what is still to be named
}

void PtraceEngine::describe(Launch& launch, RunInfo& info) {
  launch.check_started();
  Session& session = watch_->session;
  if (launch.no_new_privs()) session.add_limit(kSetUserIdLimit);
  for (const std::string& text : session.crashes().unapplied()) session.add_limit(text);
  info.processes = watch_->tracer.processes_seen();
  info.processes_32bit = session.processes_32bit();
  info.stops = watch_->tracer.stops();
  info.dropped = session.dropped();
  info.time_served = session.time_served();
  info.limits = session.limits();
}

}  // namespace

std::unique_ptr<Engine> make_ptrace_engine(const RunOptions& options, RunClock& clock,
                                           EventSink& sink) {
  return std::make_unique<PtraceEngine>(options, clock, sink);
}

}  // namespace ttrace
