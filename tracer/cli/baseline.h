// A former report, of which this run's is to say only what is new (--baseline).
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "analyzers/finding.h"
#include "analyzers/run_info.h"

namespace ttrace {

/// Fingerprints of the findings that were known before.
using Baseline = std::unordered_set<std::string>;

/// They, and the file that they are of.
struct Known {
  std::string file;
  Baseline findings;
};

/// Those of a report in json or jsonl ("ttrace-report/1"). Holds no more of it than them, whatever
/// its size. UserError when the file cannot be read or is no such report, or not a whole one.
Baseline read_baseline(const std::string& path);
/// The same of an open file; `path` is for messages.
Baseline parse_baseline(std::istream& report, const std::string& path);

/// Leaves out of `findings` what `known` has, and tells how many these were.
std::uint64_t leave_out_known(std::vector<Finding>& findings, const Baseline& known);

/// The same, if anything is known; `info` then says how many these were.
void leave_out_known(const std::optional<Known>& known, RunInfo& info,
                     std::vector<Finding>& findings);

}  // namespace ttrace
