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

/// Takes the words that are a FAULT alone out of those given to --connect, each once; the default
/// if there are none. UserError for one that cannot be parsed.
std::vector<std::string> take_faults(std::vector<std::string>& connects);

/// What is wrong with these options for an exploration (UserError), and what they lack for one.
void prepare_to_explore(RunOptions& options);

}  // namespace ttrace
