// `ttrace audit`: what of these files breaks in 2038.
#pragma once

#include "tracer/cli/audit_options.h"

namespace ttrace {

/// Returns the exit status: 0, 10 with --fail-on, 130 after Ctrl-C. UserError for what the user can
/// mend. The reports are written even after Ctrl-C.
int audit_files(const AuditOptions& options);

}  // namespace ttrace
