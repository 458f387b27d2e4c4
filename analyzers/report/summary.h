// A finished run in one sentence, for every report that people read.
#pragma once

#include <string>
#include <vector>

#include "analyzers/finding.h"
#include "analyzers/run_info.h"

namespace ttrace {

/// "2 findings (1 error, 1 note); 3 processes (2 32-bit), 40 stops, 0.41 s; the target's exit
/// status was 1".
std::string summary(const RunInfo& run, const std::vector<Finding>& findings);

/// "2 findings (1 error, 1 note)".
std::string counted(const std::vector<Finding>& findings);

/// "the target's exit status was 1", "the target was killed by SIGSEGV"; empty: it is not known.
std::string end_of(const RunInfo& run);

}  // namespace ttrace
