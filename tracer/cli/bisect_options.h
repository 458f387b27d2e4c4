// The command line of `ttrace bisect`: that of a run, and the span to search.
#pragma once

#include "tracer/cli/options.h"

namespace ttrace {

struct BisectOptions {
  RunOptions run;  // its clock is `from`
  WallTime from, to;
};

}  // namespace ttrace
