#include "tracer/session/one_run.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>

#include <cstring>

#include "analyzers/time_text.h"
#include "tracer/session/analysis.h"
#include "tracer/session/engine.h"

namespace ttrace {
namespace {

std::string utc(const shim::Time& time) {
  return utc_text(time.s, static_cast<std::int32_t>(time.ns));
}

int exit_status(int wait_status) {
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

std::unique_ptr<Engine> make_engine(const RunOptions& options, RunClock& clock, EventSink& sink) {
  const auto make =
      options.engine == EngineChoice::kPreload ? make_preload_engine : make_ptrace_engine;
  return make(options, clock, sink);
}

}  // namespace

RunInfo first_facts(const RunOptions& options, const RunClock& clock) {
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
  const std::unique_ptr<Engine> engine = make_engine(options, clock, sink);
  LaunchOptions launched = launch_options(options);
  launched.files = seams.files;
  launched.contained = seams.contained;
  launched.directory = seams.directory;
  engine->prepare(launched);
  Launch launch(launched);
  engine->build();
  launch.wait_until_ready();
  engine->adopt(launch.pid());
  // The root that was just put together must look as old as what it is made of.
  if (options.root) clock.postpone();
  RunResult result;
  JobControl jobs(engine->targets(), options.timeout);
  if (seams.contained) {
    jobs.on_left_behind([&engine] { engine->targets().signal_all(SIGKILL); });
  }
  if (seams.is_stopped && seams.is_stopped()) {
    result.info = first_facts(options, clock);
    result.interrupted = true;
    return result;
  }
  if (seams.on_begin) {
    result.info = first_facts(options, clock);
    result.info.engine = engine->name();
    seams.on_begin(result.info);
  }
  engine->run(launch, jobs);
  result.info = first_facts(options, clock);
  result.info.engine = engine->name();
  engine->describe(launch, result.info);
  result.findings = analysis.finish(options.stack_depth);
  result.info.duration = sink.elapsed();
  result.info.events = sink.count();
  set_exit(result.info, engine->wait_status());
  result.status = exit_status(engine->wait_status());
  result.timed_out = jobs.timed_out();
  result.interrupted = jobs.asked_to_end();
  return result;
}

}  // namespace ttrace
