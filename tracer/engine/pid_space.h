// A namespace of processes for a command that must leave nothing behind, with a first process of
// ours: the command itself is not PID 1, which signals treat differently.
#pragma once

#include <sys/types.h>

namespace ttrace {

class PidSpace {
 public:
  /// Starts its first process. Throws UserError.
  PidSpace();
  /// Ends every process in it.
  ~PidSpace();
  PidSpace(const PidSpace&) = delete;
  PidSpace& operator=(const PidSpace&) = delete;

  /// fork(2), with the child inside. Throws UserError where it cannot be entered.
  pid_t fork_inside() const;

 private:
  pid_t first_ = -1;
};

}  // namespace ttrace
