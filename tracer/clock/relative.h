// The relative forms of WHEN: `+12y`, `-3d`, `+1y6mon-2h`.
#pragma once

#include <string_view>

#include "tracer/cli/options.h"

namespace ttrace {

/// `now` moved by `text`, which begins with a sign. A time beyond every range comes back as one
/// that is still out of parse_when()'s range; UserError when `text` has another form.
WallTime parse_relative(std::string_view text, WallTime now);

}  // namespace ttrace
