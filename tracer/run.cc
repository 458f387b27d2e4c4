#include "tracer/run.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdio>

#include "tracer/base/result.h"
#include "tracer/cli/fail_on.h"
#include "tracer/cli/output.h"
#include "tracer/engine/launch.h"
#include "tracer/recording/run_recorder.h"
#include "tracer/session/attached_run.h"
#include "tracer/session/choose_engine.h"
#include "tracer/session/one_run.h"

namespace ttrace {
namespace {

// A tracer cannot be traced: it runs as if ttrace were not there.
int run_untraced(const RunOptions& options) {
  fmt::print(stderr,
             "ttrace: {} is itself a tracer, and tracers cannot be nested: it runs untraced\n",
             options.command[0]);
  Launch launch(launch_options(options));
  launch.wait_until_ready();
  launch.go();
  int status = 0;
  while (waitpid(raw(launch.pid()), &status, 0) < 0 && errno == EINTR) continue;
  launch.check_started();
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// Writes what is new in this run; returns the exit status.
int report(Outputs& outputs, RunResult result, const RunOptions& options) {
  leave_out_known(options.baseline, result.info, result.findings);
  outputs.write(result.info, result.findings);
  return reaches(result.findings, options.fail_on) ? kFailOnStatus : result.status;
}

/// Watches by watch(seams), which returns a RunResult; tells and records what comes of it.
template <typename Watch>
int reported(const RunOptions& options, const Watch& watch) {
  Outputs outputs(options);
  RunRecorder recorder(options);
  RunSeams seams;
  seams.on_begin = [&](const RunInfo& info) { recorder.on_begin(info); };
  seams.on_event = [&](const Event& event) {
    recorder.on_event(event);
    outputs.on_event(event);
  };
  const RunResult result = watch(seams);
  const int status = report(outputs, result, options);
  recorder.finish(result.info);
  return status;
}

}  // namespace

int run(const RunOptions& asked) {
  const RunOptions options = with_engine(asked);
  const bool nested = options.engine == EngineChoice::kPtrace;
  if (nested && is_tracer_command(options.command[0])) return run_untraced(options);
  return reported(options, [&](const RunSeams& seams) { return run_once(options, seams); });
}

int attach(const AttachOptions& options) {
  return reported(options.run, [&](const RunSeams& seams) { return attach_once(options, seams); });
}

}  // namespace ttrace
