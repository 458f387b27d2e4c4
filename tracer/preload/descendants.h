// The processes below this one, whoever made them.
#pragma once

#include <vector>

#include "tracer/base/types.h"

namespace ttrace::preload {

/// All that live now, parents ahead of their children. Without /proc: those of this process alone.
std::vector<Pid> descendants();

/// From now on what loses its parent becomes a child of this process, which can wait for it.
void adopt_orphans();

}  // namespace ttrace::preload
