#include "tracer/run.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdio>

#include "tracer/cli/output.h"
#include "tracer/engine/launch.h"
#include "tracer/session/attached_run.h"
#include "tracer/session/choose_engine.h"
#include "tracer/session/one_run.h"

namespace ttrace {
namespace {

constexpr int kFailOnStatus = 10;

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

bool reaches(const std::vector<Finding>& findings, const std::optional<Level>& level) {
  if (!level) return false;
  for (const Finding& finding : findings) {
    if (finding.level >= *level) return true;
  }
  return false;
}

/// Writes what is new in this run; returns the exit status.
int report(Outputs& outputs, RunResult result, const RunOptions& options) {
  if (options.baseline) {
    result.info.baseline = {options.baseline->file,
                            leave_out_known(result.findings, options.baseline->findings)};
  }
  outputs.write(result.info, result.findings);
  return reaches(result.findings, options.fail_on) ? kFailOnStatus : result.status;
}

}  // namespace

int run(const RunOptions& asked) {
  const RunOptions options = with_engine(asked);
  const bool nested = options.engine == EngineChoice::kPtrace;
  if (nested && is_tracer_command(options.command[0])) return run_untraced(options);
  Outputs outputs(options);
  RunSeams seams;
  seams.on_event = [&](const Event& event) { outputs.on_event(event); };
  return report(outputs, run_once(options, seams), options);
}

int attach(const AttachOptions& options) {
  Outputs outputs(options.run);
  return report(outputs, attach_once(options), options.run);
}

}  // namespace ttrace
