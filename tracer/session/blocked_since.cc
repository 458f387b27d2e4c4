#include "tracer/session/blocked_since.h"

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>

#include "tracer/base/stat_fields.h"

namespace ttrace {
namespace {

/// In ms on the clock of the run queue that the thread was on last.
std::optional<double> exec_start(Pid tid) {
  std::ifstream file(fmt::format("/proc/{}/sched", raw(tid)));
  for (std::string line; std::getline(file, line);) {
    const auto colon = line.find(':');
    if (!line.starts_with("se.exec_start") || colon == std::string::npos) continue;
    return std::strtod(line.c_str() + colon + 1, nullptr);
  }
  return std::nullopt;
}

int last_cpu(Pid tid) {
  constexpr std::size_t kProcessor = 39 - 3;
  const auto fields = stat_fields(tid);
  return fields.size() > kProcessor ? std::atoi(fields[kProcessor].c_str()) : 0;
}

/// The caller on one CPU, for as long as this lives.
class OnCpu {
 public:
  explicit OnCpu(int cpu) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<unsigned>(cpu), &one);
    moved_ = sched_getaffinity(0, sizeof former_, &former_) == 0 &&
             sched_setaffinity(0, sizeof one, &one) == 0;
    sched_yield();  // which takes down when the caller last ran: now
  }
  ~OnCpu() {
    if (moved_) sched_setaffinity(0, sizeof former_, &former_);
  }
  OnCpu(const OnCpu&) = delete;
  OnCpu& operator=(const OnCpu&) = delete;

 private:
  cpu_set_t former_{};
  bool moved_ = false;
};

}  // namespace

// Each CPU has a clock of its own, without the time that others stole from it: so the two readings
// must be of the same one.
std::optional<std::chrono::nanoseconds> time_since_it_ran(Pid tid) {
  const auto then = exec_start(tid);
  if (!then || *then == 0) return std::nullopt;
  const OnCpu here(last_cpu(tid));
  const auto now = exec_start(Pid{static_cast<pid_t>(gettid())});
  if (!now) return std::nullopt;
  const std::chrono::duration<double, std::milli> span(std::max(0.0, *now - *then));
  return std::chrono::duration_cast<std::chrono::nanoseconds>(span);
}

}  // namespace ttrace
