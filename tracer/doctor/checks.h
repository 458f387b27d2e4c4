// Each check tries the thing itself where that is harmless, in a child that vanishes, rather than
// to believe a version number.
#pragma once

#include <vector>

#include "tracer/doctor/check.h"

namespace ttrace {

/// All checks, in the order in which they matter.
std::vector<Check> examine_machine();

/// A release as uname(2) gives it ("6.1.0-18-amd64"); {0, 0} if it is none.
std::pair<int, int> kernel_version(const std::string& release);

/// core_pattern, as core(5) describes it, and whether it keeps anything.
Check examine_core_pattern(const std::string& pattern);

}  // namespace ttrace
