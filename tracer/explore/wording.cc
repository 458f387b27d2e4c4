// The words of an exploration: names of destinations and outcomes, and the conclusion.
#include <fmt/format.h>

#include <algorithm>

#include "analyzers/connect_wording.h"
#include "tracer/explore/trial.h"

namespace ttrace {
namespace {

/// "when 127.0.0.1:9050 does not answer".
std::string when(const Trial& trial) {
  using Kind = ConnectFault::Kind;
  const std::string place = destination_text(trial.destination);
  switch (parse_connect_fault(trial.fault).kind) {
    case Kind::kTimeout:
      return fmt::format("when {} does not answer", place);
    case Kind::kRefuse:
      return fmt::format("when {} refuses", place);
    case Kind::kUnreachable:
      return fmt::format("when {} cannot be reached", place);
    case Kind::kReset:
      return fmt::format("when {} resets the connection", place);
    case Kind::kDelay:
      return fmt::format("when {} answers late", place);
    case Kind::kRedirect:
      return fmt::format("when {} is somebody else", place);
  }
  return "";
}

// Of failures that cost the same the first one is the first to mend.
constexpr std::chrono::nanoseconds kMuchWorse = std::chrono::milliseconds(500);

const Trial* worst(const std::vector<Trial>& trials, Outcome outcome) {
  const Trial* found = nullptr;
  for (const Trial& trial : trials) {
    if (trial.outcome != outcome) continue;
    if (!found || trial.cost > found->cost + kMuchWorse) found = &trial;
  }
  return found;
}

std::size_t count(const Exploration& e, Outcome outcome) {
  return static_cast<std::size_t>(
      std::count_if(e.trials.begin(), e.trials.end(),
                    [&](const Trial& trial) { return trial.outcome == outcome; }));
}

std::string others_text(std::size_t others, const char* verb) {
  if (others == 0) return "";
  return others == 1 ? fmt::format("; one other failure {}s it too", verb)
                     : fmt::format("; {} other failures {} it too", others, verb);
}

std::string hang_text(const Exploration& e, const Trial& trial) {
  std::string text = fmt::format("{} hangs {}: ", e.command.front(), when(trial));
  if (trial.end.timed_out) {
    text += fmt::format("it still ran after {} and had to be ended", span_text(trial.end.duration));
  } else {
    const bool same = trial.end.code == e.first.code && trial.end.signal == e.first.signal;
    text += fmt::format("that costs {}, and it then {} {}", span_text(trial.cost),
                        same ? "ends as ever, with" : "fails, with", end_text(trial.end));
  }
  return text + others_text(count(e, Outcome::kHangs) - 1, "hang");
}

std::string failure_text(const Exploration& e, const Trial& trial) {
  return fmt::format("{} fails {}: it ends with {} instead of {}{}; nothing hangs it",
                     e.command.front(), when(trial), end_text(trial.end), end_text(e.first),
                     others_text(count(e, Outcome::kFails) - 1, "break"));
}

std::string harmless_text(const Exploration& e) {
  if (e.trials.empty() && e.not_tried > 0) return "nothing was tried";
  if (e.trials.empty()) {
    return fmt::format("{} made no connect that could be made to fail: there is nothing to do",
                       e.command.front());
  }
  const std::size_t met = count(e, Outcome::kGoesOn);
  if (met == 0) {
    return fmt::format("{} did not connect to the same places again: nothing can be said",
                       e.command.front());
  }
  return fmt::format("{} goes on whichever of its connects fails: there is nothing to do",
                     e.command.front());
}

}  // namespace

std::string destination_text(const Destination& destination) {
  std::string text = endpoint_text(destination.to);
  const SocketAddress& to = destination.to;
  if (!to.host.empty() && !to.service.empty()) {
    return text + fmt::format(" ({}, {})", to.host, to.service);
  }
  const std::string& known = to.host.empty() ? to.service : to.host;
  return known.empty() ? text : text + fmt::format(" ({})", known);
}

std::string outcome_text(Outcome outcome) {
  switch (outcome) {
    case Outcome::kHangs:
      return "hangs";
    case Outcome::kFails:
      return "fails";
    case Outcome::kGoesOn:
      return "goes on";
    case Outcome::kNotMet:
      break;
  }
  return "not met";
}

std::string conclusion(const Exploration& e) {
  const Trial* trial = worst(e.trials, Outcome::kHangs);
  std::string text;
  if (trial) {
    text = hang_text(e, *trial);
  } else if ((trial = worst(e.trials, Outcome::kFails)) != nullptr) {
    text = failure_text(e, *trial);
  } else {
    text = harmless_text(e);
  }
  text += ".";
  if (trial && !trial->hint.empty()) text += fmt::format(" What to do: {}.", trial->hint);
  if (e.not_tried > 0) {
    text += fmt::format(" It was interrupted: {} trial{} not made.", e.not_tried,
                        e.not_tried == 1 ? " was" : "s were");
  }
  return text;
}

}  // namespace ttrace
