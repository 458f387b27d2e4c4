// DWARF comes from the target's files: what libdw does not check itself is checked here.
#pragma once

#include <elfutils/libdw.h>

namespace ttrace::stacks {

/// False if libdw (0.188) could be led astray by `dwarf`:
///  - a string section not ending in a NUL: read_srclines reads on behind it;
///  - a link to a shared file (dwz) that libdwfl did not attach: libdw opens any path it names, on
///    the tracer's own disk, and a FIFO there would block it for good. `shared_attached` tells.
bool is_safe(Dwarf* dwarf, bool shared_attached);

/// False if asking for the ranges of `unit` makes libdw open a path that the unit names (split
/// DWARF), again a FIFO maybe.
bool is_whole(Dwarf_Die* unit);

}  // namespace ttrace::stacks
