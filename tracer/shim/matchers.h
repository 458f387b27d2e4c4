// A call path as code. Comparing its words is what a call pays for whose value does not fit, and
// code whose operands are the words does it with one instruction each, where the shim's loop over
// the table needs four.
#pragma once

#include "tracer/engine/tracee.h"

namespace ttrace {

/// Writes the matcher of the path in entry `index` of the shim's table, where there is room for one
/// and a use, and notes its place in `path`. i386 only; the thread is stopped.
void write_matcher(const Process& process, LearnedPath& path, std::size_t index);

}  // namespace ttrace
