#include "tracer/explore/trial.h"

#include <fmt/format.h>

#include <algorithm>

#include "analyzers/known_hangs.h"

namespace ttrace {
namespace {

using std::chrono::nanoseconds;

// tcp(7): six SYNs are sent in 127 s, then the kernel gives up; but one that waits for a minute is
// stuck as far as anybody cares.
constexpr nanoseconds kKernelTries = std::chrono::seconds(60);
// What a run takes varies by so much that it tells nothing.
constexpr nanoseconds kNoise = std::chrono::milliseconds(200);

/// The longest connect that met the fault; nullopt: none did.
std::optional<nanoseconds> longest_met(const Trial& trial, const std::vector<Finding>& findings) {
  std::optional<nanoseconds> longest;
  for (const Finding& finding : findings) {
    if (finding.id != "connect.injected" || finding.connect->fault != trial.rule) continue;
    longest = std::max(longest.value_or(nanoseconds{0}), finding.connect->longest);
  }
  return longest;
}

bool lasted(nanoseconds longest, const std::optional<nanoseconds>& wait) {
  return wait && longest >= *wait * 4 / 5;
}

// A first run can be slower by itself, with nothing in the caches: where a connect is known to have
// lasted as long as the fault, half of that time is enough.
bool waits(const Trial& trial, nanoseconds longest) {
  const auto wait = wait_of(parse_connect_fault(trial.fault));
  if (!wait) return false;
  return trial.cost >= std::max(kNoise, lasted(longest, wait) ? *wait / 2 : *wait * 4 / 5);
}

bool same_end(const RunEnd& a, const RunEnd& b) { return a.code == b.code && a.signal == b.signal; }

/// What the analyzer says about this connect; that of connect.injected says nothing.
std::string hint_in(const Trial& trial, const std::vector<Finding>& findings) {
  for (const Finding& finding : findings) {
    const bool tells = finding.id == "connect.blocked" || finding.id == "connect.failed";
    if (tells && finding.connect->fault == trial.rule) return finding.hint;
  }
  return known_hang(trial.destination.process, trial.destination.to);
}

std::string note_in(const Trial& trial, const std::vector<std::string>& limits) {
  for (const std::string& limit : limits) {
    if (limit.find("--connect " + trial.rule + " was not applied") == 0) return limit;
  }
  return "";
}

}  // namespace

RunEnd end_of(const RunInfo& info, bool timed_out) {
  return {info.duration, info.exit_code, info.exit_signal, timed_out};
}

std::string end_text(const RunEnd& end) {
  if (end.timed_out) return "ended by ttrace";
  if (end.signal) return *end.signal;
  return end.code ? std::to_string(*end.code) : "?";
}

std::optional<nanoseconds> wait_of(const ConnectFault& fault) {
  if (fault.kind == ConnectFault::Kind::kDelay) return fault.duration;
  if (fault.kind != ConnectFault::Kind::kTimeout) return std::nullopt;
  return fault.duration > Duration{0} ? nanoseconds(fault.duration) : kKernelTries;
}

void judge(Trial& trial, const RunEnd& first, const std::vector<Finding>& findings,
           const std::vector<std::string>& limits) {
  trial.cost = trial.end.duration - first.duration;
  trial.outcome = Outcome::kGoesOn;
  const auto longest = longest_met(trial, findings);
  if (!longest) {
    trial.outcome = Outcome::kNotMet;
    trial.note = note_in(trial, limits);
  } else if (trial.end.timed_out || waits(trial, *longest)) {
    trial.outcome = Outcome::kHangs;
  } else if (!same_end(trial.end, first)) {
    trial.outcome = Outcome::kFails;
  }
  const bool harmless = trial.outcome == Outcome::kGoesOn || trial.outcome == Outcome::kNotMet;
  if (!harmless) trial.hint = hint_in(trial, findings);
}

bool is_doubtful(const Trial& trial, const std::vector<Finding>& findings) {
  const bool harmless = trial.outcome == Outcome::kGoesOn || trial.outcome == Outcome::kFails;
  const auto wait = wait_of(parse_connect_fault(trial.fault));
  return harmless && lasted(longest_met(trial, findings).value_or(nanoseconds{0}), wait);
}

}  // namespace ttrace
