// What a thread in futex(2) waits for.
#pragma once

#include <array>
#include <string>

#include "tracer/engine/tracee.h"

namespace ttrace {

/// In words. The thread that holds a lock is named where the lock itself tells.
std::string futex_text(const Process& process, const std::array<std::uint64_t, 6>& args);

}  // namespace ttrace
