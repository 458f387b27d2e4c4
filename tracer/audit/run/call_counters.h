// Which functions of a root's C library a run called, whether they failed or not: counted by the
// kernel (uprobes for a control group, perf_event_open(2)), at a microsecond a call. Where the
// machine has none of this, nothing is counted and nothing claimed.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tracer/base/unique_fd.h"

namespace ttrace::audit {

class CallCounters {
 public:
  /// Counts from now on the calls of `functions`, of every C library of `root`, by processes of the
  /// control group `cgroup` (a descriptor) and those below it.
  CallCounters(int cgroup, const std::string& root, const std::vector<std::string>& functions);

  /// The functions that were called since the last time, or since the start; each once.
  std::vector<std::string> called();

 private:
  struct Counter {
    std::string function;
    UniqueFd event;  // of one processor
    std::uint64_t last = 0;
  };
  void count(int cgroup, const std::string& library, const std::vector<std::string>& functions);

  std::vector<Counter> counters_;
};

/// Where in the file `library` the functions begin that it defines, of those asked for; empty for
/// what is no ELF file. A function that is chosen at run time (IFUNC) has no such place.
std::vector<std::pair<std::string, std::uint64_t>> function_offsets(
    const std::string& library, const std::vector<std::string>& functions);

}  // namespace ttrace::audit
