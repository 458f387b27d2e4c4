#include "tracer/session/one_run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstring>

#include "analyzers/analyzer.h"
#include "analyzers/report/text_format.h"
#include "analyzers/time_text.h"
#include "tracer/base/first_line.h"
#include "tracer/session/job_control.h"
#include "tracer/session/session.h"

namespace ttrace {
namespace {

/// The analyzers of a run, fed with each event as it comes.
class Analysis {
 public:
  explicit Analysis(const std::vector<std::string>& names) {
    for (const AnalyzerEntry& entry : analyzer_registry()) {
      for (const std::string& name : names) {
        if (name == entry.name) analyzers_.push_back(entry.make());
      }
    }
  }
  void on_event(const Event& event) {
    for (const auto& analyzer : analyzers_) analyzer->on_event(event, findings_);
  }
  /// The findings, with at most `stack_depth` frames each: the analyzers were shown more, since
  /// they tell call paths apart and name the place to mend by them.
  std::vector<Finding> finish(std::size_t stack_depth) {
    for (const auto& analyzer : analyzers_) analyzer->on_end(findings_);
    std::vector<Finding> findings = findings_.all();
    for (Finding& finding : findings) {
      if (finding.stack.size() > stack_depth) finding.stack.resize(stack_depth);
    }
    return findings;
  }

 private:
  std::vector<std::unique_ptr<Analyzer>> analyzers_;
  FindingList findings_;
};

std::string utc(const shim::Time& time) {
  return utc_text(time.s, static_cast<std::int32_t>(time.ns));
}

RunInfo describe(const RunOptions& options, const RunClock& clock) {
  RunInfo info;
  info.command = options.command;
  info.root = options.root;
  info.started = utc(clock.params().real0);
  if (options.clock || options.rate != 1.0) {
    info.clock = RunInfo::Clock{utc(clock.params().shown0), options.rate,
                                options.file_times == FileTimes::kShift ? "shift" : "real"};
  }
  return info;
}

void set_exit(RunInfo& info, int status) {
  if (WIFEXITED(status)) info.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) {
    const char* const name = sigabbrev_np(WTERMSIG(status));
    info.exit_signal =
        name ? fmt::format("SIG{}", name) : fmt::format("signal {}", WTERMSIG(status));
  }
}

int exit_status(int wait_status) {
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

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

}  // namespace

LaunchOptions launch_options(const RunOptions& options) {
  LaunchOptions launch;
  launch.command = options.command;
  if (options.root) launch.root = RootOptions{*options.root, options.root_writable};
  launch.user = options.user;
  launch.init = options.init;
  return launch;
}

RunResult run_once(const RunOptions& options, const RunSeams& seams) {
  RunClock clock(options.clock, options.rate);
  Analysis analysis(options.analyzers);
  EventSink sink([&](const Event& event) {
    analysis.on_event(event);
    if (seams.on_event) seams.on_event(event);
  });
  Session session(options, clock, sink);
  const SeccompFilter filter(session.subscriptions());
  Tracer tracer(session, session.subscriptions());
  session.follow_clock(tracer);

  LaunchOptions launched = launch_options(options);
  launched.files = seams.files;
  Launch launch(launched, &filter);
  tracer.adopt(launch.pid());
  // The root that was just put together must look as old as what it is made of.
  clock.begin(options.root ? RunClock::Since::kNow : RunClock::Since::kMade);
  session.begin(launch.pid());
  RunResult result;
  result.info = describe(options, clock);
  JobControl jobs(tracer, options.timeout);
  if (seams.is_stopped && seams.is_stopped()) {
    result.interrupted = true;
    return result;
  }
  ConnectWatch& connects = session.connects();
  CrashWatch& crashes = session.crashes();
  crashes.use(tracer);
  std::vector<std::unique_ptr<Launch>> readers;  // programs that are given a core
  crashes.on_pipe([&](const std::vector<std::string>& words, int core) -> std::optional<Pid> {
    LaunchOptions reading = launch_options(options);
    reading.command = words;
    reading.user.reset();
    reading.init = false;
    reading.files.in = core;
    try {
      readers.push_back(std::make_unique<Launch>(reading, &filter));
      tracer.adopt_also(readers.back()->pid());
      readers.back()->go();
      return readers.back()->pid();
    } catch (const UserError& error) {
      session.add_limit(fmt::format("--core-pattern: {}", error.what()));
      return std::nullopt;
    }
  });
  connects.on_begin([&] { jobs.keep_waking(true); });
  crashes.on_begin([&] { jobs.keep_waking(true); });
  if (options.verbosity >= 0) jobs.on_left_behind([&] { tell_left_behind(tracer); });
  jobs.on_time_up([&] { return connects.ask_where(tracer); });
  launch.go();
  tracer.run([&] {
    clock.extend_horizon();
    jobs.on_wakeup();
    const bool connecting = connects.on_tick();
    const bool crashing = crashes.on_tick();
    jobs.keep_waking(connecting || crashing);
  });
  connects.on_tick();  // what is still to be named
  launch.check_started();
  if (launch.no_new_privs()) session.add_limit(kSetUserIdLimit);

  for (const std::string& text : crashes.unapplied()) session.add_limit(text);
  result.findings = analysis.finish(options.stack_depth);
  RunInfo& info = result.info;
  info.duration = sink.elapsed();
  info.processes = tracer.processes_seen();
  info.processes_32bit = session.processes_32bit();
  info.events = sink.count();
  info.stops = tracer.stops();
  info.dropped = session.dropped();
  info.time_served = session.time_served();
  info.limits = session.limits();
  set_exit(info, tracer.main_status());
  result.status = exit_status(tracer.main_status());
  result.timed_out = jobs.timed_out();
  result.interrupted = jobs.asked_to_end();
  return result;
}

}  // namespace ttrace
