// x86-64 code makes its system calls by an instruction of its own, so stat calls cannot be led into
// the shim through a table as on i386. Instead the first call from a place in the code, which stops
// anyway, has that place patched: later calls from there run in the process without a stop.
#pragma once

#include "tracer/engine/interceptor.h"

namespace ttrace {

/// Tries to patch the call site of `stop`, a stat call at its entry stop. True: the site now leads
/// into the shim, and the thread will run it anew from there when it is resumed. False: the call
/// goes on as it was.
bool redirect_call_site(SyscallStop& stop);

}  // namespace ttrace
