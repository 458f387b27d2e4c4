// Whether code of a process can be taken away: not while a thread is in it, or comes back to it.
#pragma once

#include <cstdint>
#include <vector>

#include "tracer/base/types.h"
#include "tracer/engine/halt.h"

namespace ttrace {

struct Range {
  std::uint64_t begin, end;
  bool contains(std::uint64_t address) const { return address >= begin && address < end; }
};

/// Is a thread in one of `ranges`, called from there, or in a handler of a signal that came there?
/// `vdso`: all that code in `ranges` ever calls.
bool any_inside(Pid pid, const Halted& threads, const std::vector<Range>& ranges,
                const Range& vdso);

}  // namespace ttrace
