#include "tracer/audit/run/idle_processors.h"

#include <unistd.h>

#include <fstream>
#include <string>

namespace ttrace::audit {

std::optional<double> IdleProcessors::since_last() {
  constexpr int kIdle = 3, kWaiting = 8,
                kGuest = 8;  // the columns; from kGuest on they count twice
  std::ifstream file("/proc/stat");
  std::string word;
  file >> word;
  unsigned long long idle = 0, all = 0, ticks = 0;
  for (int column = 0; column < kGuest && file >> ticks; ++column) {
    all += ticks;
    if (column == kIdle || column == kWaiting) idle += ticks;
  }
  const bool usable = word == "cpu" && all_ != 0 && all > all_ && idle >= idle_;
  const double share =
      usable ? static_cast<double>(idle - idle_) / static_cast<double>(all - all_) : 0;
  idle_ = idle;
  all_ = all;
  if (!usable) return std::nullopt;
  return share * static_cast<double>(sysconf(_SC_NPROCESSORS_ONLN));
}

}  // namespace ttrace::audit
