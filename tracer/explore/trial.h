// One destination made to fail in one way, and what became of the command: pure values, so that the
// judgement can be tested without running anything.
#pragma once

#include <string>
#include <vector>

#include "analyzers/finding.h"
#include "analyzers/run_info.h"
#include "tracer/cli/connect_rule.h"
#include "tracer/explore/destinations.h"

namespace ttrace {

enum class Outcome {
  kHangs,   // it waited for most of what the fault lasts, or had to be ended
  kFails,   // it ended with another status
  kGoesOn,  // it ended as in the first run
  kNotMet,  // it did not connect there this time
};

/// How one run of the command ended.
struct RunEnd {
  std::chrono::nanoseconds duration{0};
  std::optional<int> code;
  std::optional<std::string> signal;  // "SIGTERM"
  bool timed_out = false;
};
RunEnd end_of(const RunInfo& info, bool timed_out);
/// "0", "SIGSEGV", "ended by ttrace".
std::string end_text(const RunEnd& end);

struct Trial {
  Destination destination;
  std::string fault;  // "timeout:20s"
  std::string rule;   // "127.0.0.1:9050=timeout:20s"
  RunEnd end;
  std::chrono::nanoseconds cost{0};  // against the first run; may be negative
  Outcome outcome = Outcome::kNotMet;
  std::string hint;  // what to do about it; empty: nothing to be done
  std::string note;  // why the fault was not met; empty: it was, or the command did not connect
};

struct Exploration {
  std::vector<std::string> command;
  std::optional<std::string> root;
  RunEnd first;
  std::vector<Trial> trials;
  std::vector<std::string> left_out;  // destinations that no rule can name
  std::size_t not_tried = 0;          // trials that were still to be made when it was interrupted
};

/// How long a command that waits for such a failure waits for it at least; nullopt: not at all.
std::optional<std::chrono::nanoseconds> wait_of(const ConnectFault& fault);

/// Sets cost, outcome, hint and note of `trial`, whose run ended as `trial.end` says and had these
/// findings and limits.
void judge(Trial& trial, const RunEnd& first, const std::vector<Finding>& findings,
           const std::vector<std::string>& limits);

/// The connect lasted as long as the fault, and yet the run hardly longer than the first one: which
/// may have been slow for reasons of its own.
bool is_doubtful(const Trial& trial, const std::vector<Finding>& findings);

/// "127.0.0.1:9050 (tor)".
std::string destination_text(const Destination& destination);
/// "hangs", "fails", "goes on", "not met".
std::string outcome_text(Outcome outcome);
/// A sentence or two for a person: what is worst, and what to do about it.
std::string conclusion(const Exploration& exploration);

}  // namespace ttrace
