#include "tracer/explore/explore.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "analyzers/connect_wording.h"
#include "analyzers/report/text_format.h"
#include "tracer/base/result.h"
#include "tracer/base/unique_fd.h"
#include "tracer/cli/output.h"
#include "tracer/explore/repeat.h"
#include "tracer/explore/report.h"
#include "tracer/session/choose_engine.h"
#include "tracer/session/one_run.h"

namespace ttrace {
namespace {

constexpr int kFailOnStatus = 10;
constexpr Duration kKernelTries = std::chrono::seconds(135);  // tcp(7), and some time to give up

class Explorer {
 public:
  explicit Explorer(const ExploreOptions& options) : options_(options) {}

  /// Returns the exit status of the first run.
  int learn() {
    tell("first run: to learn what it connects to");
    RunSeams seams{input_.shown(), [this](const Event& event) { found_.on_event(event); }, {}};
    const RunResult first = run_once(options_.run, seams);
    result_.command = options_.run.command;
    result_.root = options_.run.root;
    result_.first = end_of(first.info, first.timed_out);
    result_.left_out = found_.left_out();
    stopped_ = first.interrupted;
    if (first.timed_out) {
      throw UserError(
          fmt::format("{} did not end before --timeout: there is nothing to compare with",
                      result_.command.front()),
          "give it work that ends, or a longer --timeout");
    }
    return first.status;
  }

  void try_all() {
    const std::size_t all = found_.all().size() * options_.faults.size();
    for (const Destination& destination : found_.all()) {
      for (const std::string& fault : options_.faults) {
        if (stopped_ || StopRequests::is_stopped()) {
          ++result_.not_tried;
        } else {
          try_one(destination, fault, all);
        }
      }
    }
  }

  const Exploration& result() const { return result_; }

 private:
  void try_one(const Destination& destination, const std::string& fault, std::size_t all) {
    Trial trial;
    trial.destination = destination;
    trial.fault = fault;
    trial.rule = destination.who + "=" + fault;
    RunOptions options = options_.run;
    options.connect_rules.insert(options.connect_rules.begin(), parse_connect_rule(trial.rule));
    options.verbosity = -1;  // what a connect does meanwhile is not news here
    if (!options.timeout) options.timeout = patience(options.connect_rules.front().fault);
    tell(fmt::format("{} of {}: {} (at most {})", result_.trials.size() + 1, all, trial.rule,
                     span_text(*options.timeout)));
    input_.rewind();
    const RunResult run = run_once(options, {input_.silent(), {}, StopRequests::is_stopped});
    stopped_ = run.interrupted;
    if (stopped_) {
      ++result_.not_tried;
      return;
    }
    trial.end = end_of(run.info, run.timed_out);
    judge(trial, result_.first, run.findings, run.info.limits);
    if (!measured_again_ && is_doubtful(trial, run.findings)) {
      measure_again();
      judge(trial, result_.first, run.findings, run.info.limits);
    }
    result_.trials.push_back(std::move(trial));
  }

  /// Once more unharmed: the faster of both is what the command takes.
  void measure_again() {
    measured_again_ = true;
    tell("once more unharmed: the first run may have been slow for reasons of its own");
    RunOptions options = options_.run;
    options.verbosity = -1;
    input_.rewind();
    const RunResult run = run_once(options, {input_.silent(), {}, StopRequests::is_stopped});
    stopped_ = run.interrupted;
    if (stopped_ || run.timed_out) return;
    result_.first.duration = std::min(result_.first.duration, run.info.duration);
    for (Trial& trial : result_.trials) trial.cost = trial.end.duration - result_.first.duration;
  }

  /// How long a run may take when the user does not say: enough to wait for the fault four times.
  Duration patience(const ConnectFault& fault) const {
    const bool kernel = fault.kind == ConnectFault::Kind::kTimeout && fault.duration == Duration{0};
    const Duration wait = kernel ? kKernelTries : fault.duration;
    return std::chrono::duration_cast<Duration>(2 * result_.first.duration) + 4 * wait +
           std::chrono::seconds(10);
  }

  void tell(const std::string& text) const {
    if (options_.run.verbosity >= 0) fmt::print(stderr, "ttrace: {}\n", printable(text));
  }

  const ExploreOptions& options_;
  Input input_;
  Destinations found_;
  Exploration result_;
  bool measured_again_ = false;
  bool stopped_ = false;
};

bool reaches(const Exploration& exploration, const std::optional<Level>& level) {
  if (!level) return false;
  for (const Trial& trial : exploration.trials) {
    const Level reached = trial.outcome == Outcome::kHangs   ? Level::kError
                          : trial.outcome == Outcome::kFails ? Level::kWarning
                                                             : Level::kNote;
    if (reached >= *level) return true;
  }
  return false;
}

}  // namespace

int explore(const ExploreOptions& asked) {
  ExploreOptions options = asked;
  options.run = with_engine(asked.run);
  Outputs outputs(options.run);
  const StopRequests requests;
  Explorer explorer(options);
  const int status = explorer.learn();
  explorer.try_all();
  outputs.write([&](const std::string& format, const ReportOptions& how) {
    return format == "json" ? explore_json(explorer.result())
                            : explore_text(explorer.result(), how);
  });
  return reaches(explorer.result(), options.run.fail_on) ? kFailOnStatus : status;
}

}  // namespace ttrace
