// The command line of `ttrace attach`: that of a run without a command, and what to attach to.
#pragma once

#include <string>
#include <vector>

#include "tracer/cli/options.h"

namespace ttrace {

struct AttachOptions {
  RunOptions run;
  std::vector<int> pids;             // processes; all are positive
  std::vector<std::string> names;    // globs
  std::vector<std::string> cgroups;  // paths
};

}  // namespace ttrace
