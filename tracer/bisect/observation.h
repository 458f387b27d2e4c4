// What one run of the command came to, in a form in which two runs can be compared: pure values.
#pragma once

#include <string>
#include <vector>

#include "tracer/bisect/noise.h"
#include "tracer/explore/trial.h"
#include "tracer/session/one_run.h"

namespace ttrace {

/// How much of a run is compared; each looks at less than the one before.
enum class Depth {
  kOutput,   // the end, the findings and the output without what stands for the present
  kWords,    // the output without any dates and numbers
  kOutcome,  // the end and the findings alone
};

/// A line of output. Two are the same if they are so literally or at the depth in question: a fixed
/// date may happen to be that of the present.
struct PrintedLine {
  std::string literal;  // Masking::kNames
  std::string present;  // Masking::kPresent
  std::string numbers;  // Masking::kNumbers
};

struct Printed {
  std::vector<PrintedLine> lines;
  bool cut = false;  // only its start was kept
};

struct Observation {
  RunEnd end;
  Printed out, err;
  std::vector<std::string> findings;  // "time.eoverflow gettimeofday in sudo", sorted, each once
  Level worst = Level::kNote;         // of the findings
};

Printed printed(const std::string& text, bool cut, const RunNoise& noise);

/// Each finding without what differs between runs: times, counts, process ids.
std::vector<std::string> finding_keys(const std::vector<Finding>& findings);

bool same(const Observation& a, const Observation& b, Depth depth);

/// What differs, a line each: "exit: 0, then 1", "stderr: + cannot …". At most a few lines of each
/// stream. Empty if nothing does.
std::vector<std::string> differences(const Observation& before, const Observation& after,
                                     Depth depth);

/// How bad the step from one to the other is: an error if the command ends in another way or an
/// error was found, else a warning.
Level severity(const Observation& before, const Observation& after);

}  // namespace ttrace
