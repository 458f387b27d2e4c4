// The kinds of findings: what each id means, in one table.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analyzers/finding.h"

namespace ttrace {

/// "error", "warning", "note".
const char* level_name(Level level);

struct FindingKind {
  std::string_view id;       // "time.eoverflow"
  Level level;               // as a rule
  std::string_view summary;  // what was seen
  std::string_view remedy;   // what to do about it, where that can be said without the finding
};

/// In the order of README's table, which has a row for each.
const std::vector<FindingKind>& finding_kinds();

/// Null: there is none of that name.
const FindingKind* find_kind(std::string_view id);

}  // namespace ttrace
