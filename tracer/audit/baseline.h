// What an earlier audit found already: not news, if it is found again.
#pragma once

#include <string>

#include "analyzers/audit/report.h"

namespace ttrace::audit {

/// Marks the findings of `report` that `path`, a json report of `ttrace audit`, has too: the same
/// id and symbol, through the same library, in a file of the same path. UserError if it is no such
/// report.
void apply_baseline(const std::string& path, Report& report);

}  // namespace ttrace::audit
