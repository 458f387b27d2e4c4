// DURATION on the command line: `500ms`, `30s`, `2min`, `1h30min`; a bare number is seconds.
#pragma once

#include <string_view>

#include "tracer/base/types.h"

namespace ttrace {

/// The length that `text` names, rounded down to nanoseconds; 0 is allowed. UserError when it is
/// negative, longer than Duration holds (292 years) or not a duration.
Duration parse_duration(std::string_view text);

}  // namespace ttrace
