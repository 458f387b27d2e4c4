// How far a pass has come: a bar with rate and time left on a terminal, now and then a line
// otherwise. On standard error, apart from the report.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace ttrace::audit {

class Progress {
 public:
  /// `what`: the pass, for the line; `of`: what it counts, in the plural. Not wanted: silent.
  Progress(std::string what, std::string of, bool wanted);
  /// Clears the bar.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(std::uint64_t done, std::uint64_t all);

 private:
  using Clock = std::chrono::steady_clock;

  std::string what_, of_;
  bool wanted_, terminal_;
  bool shown_ = false;
  Clock::time_point begun_ = Clock::now(), last_ = begun_;
};

/// "1234 of 5678 files, 812/s, 5 s left", `spent` seconds after the start; `of`: "files".
std::string progress_text(std::uint64_t done, std::uint64_t all, const std::string& of,
                          double spent);

}  // namespace ttrace::audit
