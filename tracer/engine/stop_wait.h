// Waiting for the next stop of a target. Many come within microseconds of the last: a tracer that
// sleeps in between pays for two changes of processor, which cost more than all it does at a stop.
#pragma once

#include <sys/types.h>

namespace ttrace {

/// As waitpid(pid, &status, __WALL), for a stop that is sure to come soon: looks for it for 100 µs
/// before it sleeps, if there is a second processor for the target to run on.
pid_t wait_awake(pid_t pid, int& status);

class StopWait {
 public:
  /// As waitpid(-1, &status, __WALL): awake while the last ones came soon.
  pid_t next(int& status);

 private:
  int near_ = 0;  // how sure it is that the next one comes soon
};

}  // namespace ttrace
