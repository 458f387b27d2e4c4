// The run's clock as the targets share it: any of them may set it, and may die as it does.
#pragma once

#include "preload/library/writer.h"
#include "preload/shim/clocks.h"

namespace ttrace::preload {

/// The clock was being set with `sequence`. Waits for the end of that, but not for long.
void await_clock(u32 sequence);

inline shim::ClockParams current_clock() {
  shim::ClockParams copy;
  while (!shim::try_copy(head().clock, &copy)) await_clock(copy.sequence);
  return copy;
}

}  // namespace ttrace::preload
