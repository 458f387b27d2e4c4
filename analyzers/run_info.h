// The facts about a run that a report states beside its findings.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ttrace {

struct RunInfo {
  std::string version;  // of ttrace; set by whoever writes the report
  std::vector<std::string> command;
  std::vector<int> attached;  // processes that ran already; empty: a run of `command`
  std::optional<std::string> root;
  std::string engine = "ptrace";
  std::string started;  // ISO 8601 UTC, the machine's own clock
  std::chrono::nanoseconds duration{0};
  struct Clock {
    std::string start;  // ISO 8601 UTC
    double rate = 1.0;
    std::string file_times = "shift";
  };
  std::optional<Clock> clock;  // unset: the real clock
  std::optional<int> exit_code;
  std::optional<std::string> exit_signal;  // "SIGSEGV"
  std::uint64_t processes = 0;
  std::uint64_t processes_32bit = 0;
  std::uint64_t events = 0;
  std::uint64_t stops = 0;
  std::uint64_t dropped = 0;
  struct Baseline {
    std::string file;
    std::uint64_t known = 0;  // findings that it has, and that are left out
  };
  std::optional<Baseline> baseline;
  /// How each process got its time: "shim", "filter" or "none: why"; key: pid.
  std::map<int, std::string> time_served;
  /// Things the run could not do, each one line with its remedy.
  std::vector<std::string> limits;
};

}  // namespace ttrace
