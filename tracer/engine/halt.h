// All threads of an address space at a standstill, so that its code can be changed.
#pragma once

#include <vector>

#include "tracer/base/types.h"

namespace ttrace {

struct HaltedThread {
  Pid tid{0};
  int status = 0;  // of the wait; 0: it stood still already, in a stop or asleep in the kernel
};
using Halted = std::vector<HaltedThread>;

}  // namespace ttrace
