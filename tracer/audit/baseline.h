// What an earlier audit found already: not news, if it is found again.
#pragma once

#include <string>

#include "analyzers/audit/report.h"

namespace ttrace::audit {

/// Marks the findings of `report` that `path`, a report of `ttrace audit` in json or jsonl, has
/// too: the same id and symbol, through the same library, in a file of the same path. UserError if
/// it is no such report, or not a whole one.
void apply_baseline(const std::string& path, Report& report);

}  // namespace ttrace::audit
