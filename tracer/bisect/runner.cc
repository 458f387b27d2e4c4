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

Runner::Runner(const RunOptions& options) : options_(options) {
  options_.verbosity = -1;  // what a run meets is told at the end, by what changed
}

std::optional<Observation> Runner::run(std::int64_t second) {
  if (stopped()) return std::nullopt;
  RunNoise noise{second, {getpid()}};
  Capture out, err;
  input_.rewind();
  options_.clock = WallTime{second, 0};
  RunSeams seams{{input_.shown().in, out.fd(), err.fd()},
                 [&](const Event& event) {
                   noise.pids.insert({event.process.pid, event.process.tid});
                 },
                 StopRequests::is_stopped};
  const RunResult result = run_once(options_, seams);
  stopped_ = result.interrupted;
  if (stopped_) return std::nullopt;
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
