#include <fmt/format.h>

#include "analyzers/time_text.h"
#include "tracer/bisect/bisection.h"
#include "tracer/bisect/known_instants.h"

namespace ttrace {
namespace {

std::string first_change(const Change& change) {
  const KnownInstant* const known = known_instant(change.high);
  const std::string when = utc_text(change.high);
  if (change.high - change.low != 1) {
    return fmt::format("the first change lies between {} and {}", utc_text(change.low), when);
  }
  return known ? fmt::format("the first change is at {}: {}", when, known->cause)
               : fmt::format("the first change is at {}", when);
}

}  // namespace

std::string compared_text(Depth depth) {
  const std::string end = "how it ends and what ttrace finds";
  if (depth == Depth::kOutcome) return end + " alone";
  return depth == Depth::kOutput ? end + ", and what it prints"
                                 : end + ", and what it prints without dates and numbers";
}

std::string conclusion(const Bisection& b) {
  if (!b.steady) {
    return "unsteady: what the command does differs between runs at the same clock, so that no "
           "change can be laid to a later one";
  }
  const std::string found = b.changes.empty() ? "nothing changes"
                                              : fmt::format("{} change{}: {}", b.changes.size(),
                                                            b.changes.size() == 1 ? "" : "s",
                                                            first_change(b.changes.front()));
  return fmt::format(
      "{} to {}, {} runs: {}. A change that goes back before the next of the {} moments looked at "
      "is not seen.",
      utc_text(b.from), utc_text(b.to), b.runs, found, b.sampled);
}

}  // namespace ttrace
