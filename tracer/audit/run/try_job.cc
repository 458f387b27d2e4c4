#include "tracer/audit/run/try_job.h"

#include <algorithm>
#include <optional>

#include "analyzers/analyzer.h"
#include "analyzers/audit/report.h"
#include "tracer/base/result.h"
#include "tracer/bisect/runner.h"

namespace ttrace::audit {
namespace {

// Where a difference must not be yet, if it is the limit that makes it; and, before that, where one
// shows that comes and goes by itself.
constexpr std::int64_t kEve = 2 * 86400;
constexpr const char* kHome = "/root";
constexpr std::int64_t kDayBefore = 86400 + 5 * 3600;

RunOptions run_options(const Job& job, const RunSettings& settings) {
  RunOptions options;
  options.command = job.argv;
  options.root = job.root;
  options.timeout = settings.limit;
  for (const AnalyzerEntry& entry : analyzer_registry()) options.analyzers.emplace_back(entry.name);
  return options;
}

/// The file whose code called the C library: the frame beyond those of the library.
std::string caller_of(const ttrace::Finding& finding) {
  if (!finding.api || !finding.api->function) return "";
  const auto api = std::find_if(finding.stack.begin(), finding.stack.end(), [&](const Frame& f) {
    return f.function == finding.api->function;
  });
  const auto caller = std::find_if(api, finding.stack.end(),
                                   [&](const Frame& frame) { return frame.module != api->module; });
  return caller == finding.stack.end() ? "" : caller->module;
}

SeenFinding seen_of(const ttrace::Finding& finding) {
  const std::string symbol =
      finding.api && finding.api->function ? *finding.api->function : std::string();
  return {finding.id,
          std::string(level_word(finding.level)),
          symbol,
          finding.process.exe,
          caller_of(finding),
          finding.message};
}

bool is_of_time(const ttrace::Finding& finding) {
  return finding.id.starts_with("time.") || finding.id.starts_with("file.");
}

class Trial {
 public:
  Trial(const Job& job, const RunSettings& settings, const Calls& calls)
      : runner_(run_options(job, settings), true, kHome), settings_(settings), calls_(calls) {}

  JobResult run() {
    RunDetails at_now, at_later;
    const auto now = observe(settings_.now, &at_now);
    (void)calls_();  // until now
    const auto later = observe(settings_.later, &at_later);
    result_.called = calls_();
    if (!now || !later) throw UserError("it was interrupted", "");
    result_.now = end_text(now->end);
    result_.later = end_text(later->end);
    result_.executed.assign(at_later.executed.begin(), at_later.executed.end());
    keep_findings(at_now.findings, at_later.findings);
    result_.outcome = RunOutcome::kSame;
    if (!same(*now, *later, Depth::kOutput)) judge(*later);
    return std::move(result_);
  }

 private:
  /// That the time limit ended it shows in how it ended; where it was then is chance.
  std::optional<Observation> observe(std::int64_t second, RunDetails* details = nullptr) {
    auto seen = runner_.run(second, details);
    if (seen) {
      std::erase_if(seen->findings,
                    [](const std::string& key) { return key.starts_with("process.hung"); });
    }
    return seen;
  }

  void keep_findings(const std::vector<ttrace::Finding>& now,
                     const std::vector<ttrace::Finding>& later) {
    const auto known = finding_keys(now);
    for (const ttrace::Finding& finding : later) {
      const std::string key = finding_keys({finding}).front();
      const bool is_new = std::find(known.begin(), known.end(), key) == known.end();
      if (is_new && is_of_time(finding)) result_.seen.push_back(seen_of(finding));
    }
  }

  /// Two more runs, days before the limit: what differs between them is no matter of 2038, nor what
  /// was there before it.
  void judge(const Observation& later) {
    const auto eve = observe(settings_.later - kEve);
    const auto before = observe(settings_.later - kEve - kDayBefore);
    if (!eve || !before) throw UserError("it was interrupted", "");
    Depth depth = Depth::kOutput;
    while (!same(*eve, *before, depth)) {
      if (depth == Depth::kOutcome) {
        result_.outcome = RunOutcome::kUnsteady;
        result_.changes = differences(*before, *eve, depth);
        return;
      }
      depth = depth == Depth::kOutput ? Depth::kWords : Depth::kOutcome;
    }
    result_.changes = differences(*eve, later, depth);
    const bool by_chance = is_near_limit(eve->end, later.end);
    result_.outcome = by_chance ? RunOutcome::kUnsteady : outcome_of(*eve, later, depth);
  }

  /// A command that takes about as long as it may is ended now and then: no matter of the date.
  bool is_near_limit(const RunEnd& eve, const RunEnd& later) const {
    return eve.timed_out != later.timed_out &&
           std::min(eve.duration, later.duration) > settings_.limit / 2;
  }

  RunOutcome outcome_of(Observation eve, Observation later, Depth depth) const {
    if (result_.changes.empty()) return RunOutcome::kDrifts;
    const bool is_error = severity(eve, later) == Level::kError;
    eve.findings.clear();
    later.findings.clear();
    if (same(eve, later, depth)) return RunOutcome::kGoesOn;
    return is_error ? RunOutcome::kBreaks : RunOutcome::kPrints;
  }

  Runner runner_;
  const RunSettings& settings_;
  const Calls& calls_;
  JobResult result_;
};

}  // namespace

JobResult try_job(const Job& job, const RunSettings& settings, const Calls& calls) {
  try {
    return Trial(job, settings, calls).run();
  } catch (const UserError& error) {
    JobResult result;
    result.changes.emplace_back(error.what());
    return result;
  }
}

}  // namespace ttrace::audit
