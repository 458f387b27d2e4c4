// What makes two findings of audits the same one: not the machine, the day or the database's rows.
#pragma once

#include <string>

#include "analyzers/audit/report.h"

namespace ttrace::audit {

/// 32 hex digits made of the finding's id, the file's path in its tree, and what is called by which
/// way.
std::string fingerprint(const File& file, const Finding& finding);

}  // namespace ttrace::audit
