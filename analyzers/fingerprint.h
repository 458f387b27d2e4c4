// What makes two findings the same one in two runs.
#pragma once

#include <string>

#include "analyzers/finding.h"

namespace ttrace {

/// 32 hex digits made of what stays the same from run to run: the finding's id, the program, the
/// call and its way there by symbols (by offsets where there are none), the address connected to,
/// the signal. Not of times, pids and addresses in memory.
std::string fingerprint(const Finding& finding);

}  // namespace ttrace
