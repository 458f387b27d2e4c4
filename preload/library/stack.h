// A thread's stack as it stands, for ttrace to unwind: a copy costs less than unwinding, takes no
// lock and no memory, and is right in signal handlers, in vfork's children and while modules load.
#pragma once

#include "preload/library/writer.h"

namespace ttrace::preload {

/// The part of the stack from `from` upwards that can be read, at most kMaxStackBytes.
u32 readable_stack(const unsigned char* from);

/// The same for any address, of which nothing is known. The kernel is asked for each page.
u32 probed_stack(unsigned long from);

/// Fills `to` and the bytes behind it, of which `size` were reserved: to.size is what it became.
void copy_stack(StackCopy& to, const StackCopy& place, unsigned long function, u32 size);

/// Hands over what is mapped in this process if that has changed since it was last told.
void tell_maps();

/// Hands it over once more: what is mapped has changed, too, that is no module. Makes system calls
/// and nothing else.
void tell_maps_anew();

/// A number that tells call paths apart: of the words of the stack those that lie in code. `size`:
/// bytes that can be read from `from` on.
u64 path_signature(const unsigned char* from, u32 size);

}  // namespace ttrace::preload
