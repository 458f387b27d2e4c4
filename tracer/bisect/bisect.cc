#include "tracer/bisect/bisect.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>

#include "analyzers/time_text.h"
#include "tracer/bisect/bisection.h"
#include "tracer/bisect/known_instants.h"
#include "tracer/bisect/runner.h"
#include "tracer/bisect/search.h"
#include "tracer/cli/output.h"
#include "tracer/explore/capture.h"
#include "tracer/explore/repeat.h"
#include "tracer/session/choose_engine.h"

namespace ttrace {
namespace {

constexpr int kFailOnStatus = 10;
constexpr int kUnsteadyStatus = 125;
// What follows the clock by itself shows at these distances from the start, in seconds: it goes
// back and forth with the half days and changes with the days.
constexpr std::array<std::int64_t, 5> kLittleLater{0, 43'201, 86'403, 302'405, 1'080'007};
// They take up no more than this part of the span that is searched.
constexpr std::int64_t kPart = 16;
// No command changes what it prints at so many of the moments that are sampled, unless it counts
// from the clock.
constexpr std::size_t kMostSampled = 5;
constexpr std::size_t kMostSteps = 12;

std::string when_text(std::int64_t second) {
  const KnownInstant* const known = known_instant(second);
  return known ? fmt::format("{} ({})", utc_text(second), known->what) : utc_text(second);
}

class Bisector {
 public:
  explicit Bisector(const BisectOptions& options)
      : runner_(options.run), quiet_(options.run.verbosity < 0) {
    result_.command = options.run.command;
    result_.root = options.run.root;
    result_.from = options.from.s;
    result_.to = options.to.s;
  }

  const Bisection& find() {
    if (calibrate()) {
      search();
      confirm();
      note_limits();
    }
    result_.runs = runner_.runs();
    if (runner_.stopped()) result_.notes.emplace_back("it was interrupted: this is what was known");
    return result_;
  }

  int first_status() const { return runner_.first_status(); }

 private:
  const Observation* observe(std::int64_t second) {
    if (const auto known = seen_.find(second); known != seen_.end()) return &known->second;
    tell(second, "");
    const auto observation = runner_.run(second);
    return observation ? &seen_.emplace(second, *observation).first->second : nullptr;
  }

  /// Finds how much of a run can be compared with another one. False: nothing.
  bool calibrate() {
    const Observation* const first = observe(result_.from);
    if (!first) return false;
    result_.first = *first;
    tell(result_.from, "again: is it steady?");
    const auto again = runner_.run(result_.from);
    if (!again) return false;
    if (!find_steady_depth(*first, *again)) return false;
    return find_depth_beside_clock();
  }

  bool find_steady_depth(const Observation& first, const Observation& again) {
    while (!same(first, again, result_.depth)) {
      const auto differing = differences(first, again, result_.depth);
      const std::string example = differing.empty() ? "" : " (" + differing.front() + ")";
      if (result_.depth == Depth::kOutcome) {
        result_.steady = false;
        result_.notes.push_back("two runs at the same clock differ" + example);
        return false;
      }
      deepen();
      result_.notes.push_back(
          fmt::format("unsteady: its output differs between two runs at the same clock{}; "
                      "compared is {}",
                      example, compared_text(result_.depth)));
    }
    return true;
  }

  /// An output that changes more than once in an uneventful time counts from the clock.
  bool find_depth_beside_clock() {
    std::vector<const Observation*> moments;
    const std::int64_t most = (result_.to - result_.from) / kPart;
    for (const std::int64_t later : kLittleLater) {
      const std::int64_t offset =
          most < kLittleLater.back() ? later * most / kLittleLater.back() : later;
      moments.push_back(observe(result_.from + offset));
      if (moments.back() == nullptr) return false;
    }
    follow_less(moments, 1);
    return true;
  }

  /// Compares less until the output changes at most `most` times from one moment to the next.
  void follow_less(const std::vector<const Observation*>& moments, std::size_t most) {
    while (result_.depth != Depth::kOutcome && changes_in(moments).size() > most) {
      follow_less(changes_in(moments).front());
    }
  }

  /// The last difference, which is one of the output if any is, of each two neighbours that differ.
  std::vector<std::string> changes_in(const std::vector<const Observation*>& moments) const {
    std::vector<std::string> changes;
    for (std::size_t i = 1; i < moments.size(); ++i) {
      const auto differing = differences(*moments[i - 1], *moments[i], result_.depth);
      if (!differing.empty()) changes.push_back(differing.back());
    }
    return changes;
  }

  void follow_less(const std::string& example) {
    deepen();
    result_.notes.push_back(fmt::format("its output follows the clock ({}); compared is {}",
                                        example, compared_text(result_.depth)));
  }

  void deepen() {
    result_.depth = result_.depth == Depth::kOutput ? Depth::kWords : Depth::kOutcome;
  }

  std::vector<std::int64_t> samples() const {
    std::vector<std::int64_t> moments{result_.from};
    for (const KnownInstant& instant : known_instants()) {
      if (instant.at > result_.from && instant.at < result_.to) moments.push_back(instant.at);
    }
    moments.push_back(result_.to);
    return moments;
  }

  void search() {
    std::vector<const Observation*> sampled;
    for (const std::int64_t moment : samples()) {
      const Observation* const observation = observe(moment);
      if (observation) sampled.push_back(observation);
    }
    follow_less(sampled, kMostSampled);
    while (true) {
      Search search({[this](std::int64_t second) { return observe(second) != nullptr; },
                     [this](std::int64_t a, std::int64_t b) {
                       return !same(seen_.at(a), seen_.at(b), result_.depth);
                     }},
                    kMostSteps);
      const auto steps = search.find(samples());
      result_.sampled = search.looked_at();
      if (runner_.stopped() || !search.is_cut() || result_.depth == Depth::kOutcome) {
        take(steps);
        if (search.is_cut() && !runner_.stopped()) {
          result_.notes.push_back(
              fmt::format("there are more changes than {}: the rest was not searched", kMostSteps));
        }
        return;
      }
      follow_less(
          differences(seen_.at(steps[0].low), seen_.at(steps[0].high), result_.depth).back());
    }
  }

  void take(const std::vector<Step>& steps) {
    for (const Step& step : steps) {
      const Observation& before = seen_.at(step.low);
      const Observation& after = seen_.at(step.high);
      result_.changes.push_back({step.low, step.high, true, before, after,
                                 differences(before, after, result_.depth),
                                 severity(before, after)});
    }
  }

  /// Runs both sides of each change again. Where they do not hold, the first run must: else nothing
  /// can be believed.
  void confirm() {
    for (Change& change : result_.changes) {
      if (change.high - change.low != 1) continue;
      if (repeats(change.low, change.before) && repeats(change.high, change.after)) continue;
      if (runner_.stopped()) return;
      change.confirmed = false;
      if (repeats(result_.from, result_.first) || runner_.stopped()) continue;
      result_.steady = false;
      result_.changes.clear();
      result_.notes.emplace_back("runs at the same clock differ from time to time");
      return;
    }
  }

  bool repeats(std::int64_t second, const Observation& expected) {
    tell(second, "once more: does it hold?");
    const auto again = runner_.run(second);
    return again && same(*again, expected, result_.depth);
  }

  void note_limits() {
    using std::chrono::seconds;
    if (result_.first.end.duration > seconds(1)) {
      result_.notes.emplace_back(
          "a run takes longer than a second, and the clock goes on meanwhile: the second is that "
          "at which the run began");
    }
    const bool cut = result_.first.out.cut || result_.first.err.cut;
    if (cut && result_.depth != Depth::kOutcome) {
      result_.notes.push_back(
          fmt::format("only the first {} KiB of its output are compared", kCaptureLimit / 1024));
    }
  }

  void tell(std::int64_t second, const std::string& why) const {
    if (quiet_) return;
    fmt::print(stderr, "ttrace: run {}: {}{}{}\n", runner_.runs() + 1, when_text(second),
               why.empty() ? "" : ", ", why);
  }

  Runner runner_;
  bool quiet_;
  std::map<std::int64_t, Observation> seen_;
  Bisection result_;
};

bool reaches(const Bisection& bisection, const std::optional<Level>& level) {
  return level && std::any_of(bisection.changes.begin(), bisection.changes.end(),
                              [&](const Change& change) { return change.level >= *level; });
}

}  // namespace

int bisect(const BisectOptions& asked) {
  BisectOptions options = asked;
  options.run = with_engine(asked.run);
  Outputs outputs(options.run);
  const StopRequests requests;
  Bisector bisector(options);
  const Bisection& found = bisector.find();
  outputs.write([&](const std::string& format, const ReportOptions& how) {
    return format == "json" ? bisect_json(found) : bisect_text(found, how);
  });
  if (!found.steady) return kUnsteadyStatus;
  return reaches(found, options.run.fail_on) ? kFailOnStatus : bisector.first_status();
}

}  // namespace ttrace
