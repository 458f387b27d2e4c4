#include "tracer/engine/stop_wait.h"

#include <sched.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>

namespace ttrace {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::microseconds kSoon{100};
constexpr int kSurest = 8;

/// To look for what cannot run would only keep it from running.
bool has_one_processor() {
  cpu_set_t allowed;
  return sched_getaffinity(0, sizeof allowed, &allowed) != 0 || CPU_COUNT(&allowed) < 2;
}

/// 0: nothing came soon.
pid_t look(pid_t pid, int& status) {
  static const bool alone = has_one_processor();
  const auto until = Clock::now() + kSoon;
  pid_t found = 0;
  while (!alone && found == 0 && Clock::now() < until) {
    found = waitpid(pid, &status, __WALL | WNOHANG);
  }
  return found;
}

}  // namespace

pid_t wait_awake(pid_t pid, int& status) {
  const pid_t found = look(pid, status);
  return found != 0 ? found : waitpid(pid, &status, __WALL);
}

// Looking in vain costs about the sleep that is saved by one that comes soon.
pid_t StopWait::next(int& status) {
  const auto begun = Clock::now();
  const pid_t found = near_ > 0 ? wait_awake(-1, status) : waitpid(-1, &status, __WALL);
  const bool came_soon = Clock::now() - begun < kSoon;
  near_ = std::clamp(near_ + (came_soon ? 2 : -1), 0, kSurest);
  return found;
}

}  // namespace ttrace
