// The command line of `ttrace report`: a recording, and what to make of it.
#pragma once

#include <string>

#include "tracer/cli/options.h"

namespace ttrace {

struct ReplayOptions {
  std::string recording;
  RunOptions run;                // of these: analyzers, outputs, fail_on, verbosity and colour
  bool analyzers_given = false;  // else those of the recorded run
};

}  // namespace ttrace
