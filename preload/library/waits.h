// Times that a program hands over: from the run's clock to the machine's.
#pragma once

#include "preload/library/writer.h"
#include "preload/shim/clocks.h"

namespace ttrace::preload {

/// How long a span of the run's clock really is.
shim::Time real_span(const shim::Time& span);

/// When the machine's clock `id` reads what the program calls `shown`; not before the epoch.
shim::Time real_reading(u32 id, const shim::Time& shown);

/// The time stamp to put on disk so that the program reads `shown` back.
shim::Time stored_stamp(const shim::Time& shown);

/// The program hands over a time that was cut to 32 bits on its way: as a file's time stamp, or as
/// the end of a wait. Looks whether that is so, and tells. `function`: of the C library.
void look_for_cut(const char* function, bool is_stamp, u32 clock, i64 seconds, const void* entry);

}  // namespace ttrace::preload
