// The command line of `ttrace explore`: that of a run, and the failures to try.
#pragma once

#include <string>
#include <vector>

#include "tracer/cli/options.h"

namespace ttrace {

struct ExploreOptions {
  RunOptions run;                   // its rules hold in every run
  std::vector<std::string> faults;  // at least one; each can be parsed by parse_connect_fault()
};

}  // namespace ttrace
