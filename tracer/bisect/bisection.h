// What a bisection found, and its two reports: a table for reading and JSON, schema
// "ttrace-bisect/1".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyzers/report/renderer.h"
#include "tracer/bisect/observation.h"

namespace ttrace {

struct Change {
  std::int64_t low = 0;   // the last second that was seen before it
  std::int64_t high = 0;  // the first after it; exact if it is the next one
  bool confirmed = true;  // both seconds gave the same when they were run again
  Observation before, after;
  std::vector<std::string> what;
  Level level = Level::kWarning;
};

struct Bisection {
  std::vector<std::string> command;
  std::optional<std::string> root;
  std::int64_t from = 0, to = 0;
  Observation first;
  Depth depth = Depth::kOutput;
  bool steady = true;  // false: two runs at the same clock do not even end alike
  std::vector<Change> changes;
  std::vector<std::string> notes;
  std::size_t runs = 0;
  std::size_t sampled = 0;  // moments
};

/// A sentence or two for a person.
std::string conclusion(const Bisection& bisection);
/// "the output without dates and numbers, the exit status and the findings".
std::string compared_text(Depth depth);

std::string bisect_text(const Bisection& bisection, const ReportOptions& options);
std::string bisect_json(const Bisection& bisection);

}  // namespace ttrace
