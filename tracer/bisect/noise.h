// Taking out of a program's output what differs between any two runs, so that what a later clock
// changed is left: the present time in its many forms, process ids, names of temporary files,
// addresses, durations.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

namespace ttrace {

/// What is noise depends on the run.
struct RunNoise {
  std::int64_t clock = 0;  // where it started, seconds since the epoch
  std::set<int> pids;      // of its processes and of ttrace
};

enum class Masking {
  kNames,    // no date and no number: only names that are made up, addresses and durations
  kPresent,  // dates and numbers that stand for the present; any other date stays, say one in 1901
  kNumbers,  // beside these all other dates and numbers: for output that counts from the clock
             // ("expires in 30 days")
};

/// `line`, which may hold anything, with the noise written as <now>, <date>, <time>, <pid>,
/// <temporary>, <address>, <duration> and <number>. A date counts as the present when it lies
/// within two days of the clock: local time is up to 14 hours off.
std::string without_noise(std::string_view line, const RunNoise& noise, Masking masking);

}  // namespace ttrace
