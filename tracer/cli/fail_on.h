// What --fail-on means.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "analyzers/finding.h"

namespace ttrace {

inline constexpr int kFailOnStatus = 10;

/// A finding is of `level` or above; never if there is no level.
inline bool reaches(const std::vector<Finding>& findings, const std::optional<Level>& level) {
  return level && std::any_of(findings.begin(), findings.end(),
                              [&](const Finding& finding) { return finding.level >= *level; });
}

}  // namespace ttrace
