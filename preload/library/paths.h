// The call paths of this program that were told of, so that each is told once and then counted.
#pragma once

#include "preload/library/channel.h"

namespace ttrace::preload {

struct Path {
  bool is_new;  // it is to be told, with `counter`
  u32 counter;
};

/// The path that leads to `entry`, the stack pointer where the stand-in for `function` was called,
/// for a reason. Counts it if it is known; what finds no room is counted as dropped.
Path path_of(const char* function, u32 reason, const void* entry);

}  // namespace ttrace::preload
