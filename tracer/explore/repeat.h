// What commands that run a command many times share: the same input for each run, and Ctrl-C that
// ends the whole and not only a run.
#pragma once

#include <signal.h>

#include <array>

#include "tracer/base/unique_fd.h"
#include "tracer/engine/launch.h"

namespace ttrace {

/// While it lives, a signal that asks for the end between two runs is kept for is_stopped(). Within
/// a run, JobControl takes care. One at a time.
class StopRequests {
 public:
  StopRequests();
  ~StopRequests();
  StopRequests(const StopRequests&) = delete;
  StopRequests& operator=(const StopRequests&) = delete;

  static bool is_stopped();

 private:
  static constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP, SIGQUIT};
  std::array<struct sigaction, kSignals.size()> former_{};
};

/// What every run reads as its standard input: a regular file from where it stands now, or nothing.
/// The first run would leave nothing of a pipe or of what is typed for the others.
class Input {
 public:
  Input();
  /// Everything as it was at first.
  void rewind() const;
  StandardFiles shown() const;   // its output goes where ttrace's does
  StandardFiles silent() const;  // its output goes nowhere

 private:
  UniqueFd null_;
  off_t start_ = -1;
};

}  // namespace ttrace
