#include "tracer/engine/stop_wait.h"

#include <sched.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>

namespace ttrace {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::microseconds kSoon{100};
constexpr std::chrono::microseconds kAtOnce{30};
constexpr int kSurest = 8;
constexpr int kRest = 64;

// Where all processors are busy, the target may have to wait for this very one: it stops as soon as
// the tracer sleeps. Then it does sleep, for so many waits.
thread_local int rest = 0;

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
  if (rest > 0) {
    --rest;
    return waitpid(pid, &status, __WALL);
  }
  if (const pid_t found = look(pid, status); found != 0) return found;
  const auto asleep = Clock::now();
  const pid_t found = waitpid(pid, &status, __WALL);
  if (Clock::now() - asleep < kAtOnce) rest = kRest;
  return found;
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
