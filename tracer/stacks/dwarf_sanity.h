// DWARF comes from the target's files: what libdw does not check itself is checked here.
#pragma once

#include <elfutils/libdw.h>

namespace ttrace::stacks {

/// False if a string section of `dwarf`, or of the file it shares with others, does not end in a
/// NUL: libdw (0.188, read_srclines) reads strings there without looking for the section's end.
bool strings_terminated(Dwarf* dwarf);

}  // namespace ttrace::stacks
