// The command line of `ttrace audit`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyzers/finding.h"
#include "tracer/audit/shard.h"
#include "tracer/cli/options.h"
#include "tracer/cli/output.h"

namespace ttrace {

struct AuditOptions {
  std::vector<std::string> paths;  // at least one, unless `merge` has some
  std::vector<std::string> merge;  // databases to join
  std::string database;            // --db; empty: a temporary one
  std::string baseline;            // a report whose findings are known; empty: none
  audit::Shard shard;
  bool run = false;                           // --run: the programs too
  std::vector<std::string> corpus;            // files of commands to run
  WallTime now, later;                        // the clocks of the runs
  Duration limit = std::chrono::seconds(10);  // of one run
  unsigned jobs = 1;                          // threads, and commands at a time
  unsigned most_jobs = 1;                     // commands, while most of them only wait
  std::vector<OutputSpec> outputs;            // at least one
  Look look;
  std::optional<Level> fail_on;
};

}  // namespace ttrace
