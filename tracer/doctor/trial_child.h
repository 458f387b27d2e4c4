// A child process in which something is tried that may fail, kill it, or change what it is.
#pragma once

#include <functional>

#include "tracer/base/types.h"

namespace ttrace {

/// Runs `trial` in a child and returns what it returned (0 to 127), or 128 + N when signal N killed
/// it. `trial` must not throw.
int in_child(const std::function<int()>& trial);

/// A child that does nothing until it is destroyed.
class IdleChild {
 public:
  IdleChild();
  ~IdleChild();
  IdleChild(const IdleChild&) = delete;
  IdleChild& operator=(const IdleChild&) = delete;
  Pid pid() const { return pid_; }

 private:
  Pid pid_;
};

}  // namespace ttrace
