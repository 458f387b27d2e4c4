#include "tracer/bisect/runner.h"

#include <unistd.h>

#include <algorithm>

#include "tracer/explore/capture.h"

namespace ttrace {
namespace {

Level worst_of(const std::vector<Finding>& findings) {
  Level worst = Level::kNote;
  for (const Finding& finding : findings) worst = std::max(worst, finding.level);
  return worst;
}

}  // namespace

Runner::Runner(const RunOptions& options, bool contained, std::string directory)
    : options_(options), contained_(contained), directory_(std::move(directory)) {
  options_.verbosity = -1;  // what a run meets is told at the end, by what changed
}

std::optional<Observation> Runner::run(std::int64_t second, RunDetails* details) {
  if (stopped()) return std::nullopt;
  RunNoise noise{second, {getpid()}};
  Capture out, err;
  input_.rewind();
  options_.clock = WallTime{second, 0};
  RunSeams seams{{input_.shown().in, out.fd(), err.fd()},
                 [&](const Event& event) {
                   noise.pids.insert({event.process.pid, event.process.tid});
                   if (details != nullptr) details->executed.insert(event.process.exe);
                 },
                 StopRequests::is_stopped,
                 contained_,
                 directory_};
  const RunResult result = run_once(options_, seams);
  stopped_ = result.interrupted;
  if (stopped_) return std::nullopt;
  if (details != nullptr) details->findings = result.findings;
  if (runs_++ == 0) learn_from_first(result);
  const Captured said = out.finish(), warned = err.finish();
  return Observation{end_of(result.info, result.timed_out), printed(said.text, said.cut, noise),
                     printed(warned.text, warned.cut, noise), finding_keys(result.findings),
                     worst_of(result.findings)};
}

void Runner::learn_from_first(const RunResult& first) {
  first_status_ = first.status;
  // At another clock it may hang.
  if (!options_.timeout) options_.timeout = 10 * first.info.duration + std::chrono::seconds(10);
}

}  // namespace ttrace
