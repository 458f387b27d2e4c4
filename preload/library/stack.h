// A thread's stack as it stands, for ttrace to unwind: a copy costs less than unwinding, takes no
// lock and no memory, and is right in signal handlers, in vfork's children and while modules load.
// libunwind asks dl_iterate_phdr(), and so hangs where another thread holds the loader's lock and
// waits for what this one holds (tests/bench/stacks.sh shows it, and what either costs).
#pragma once

#include "preload/library/writer.h"

namespace ttrace::preload {

/// The part of the stack from `from` upwards that can be read, at most kStackReach bytes.
u32 readable_stack(const unsigned char* from);

/// The same for any address, of which nothing is known. The kernel is asked for each page.
u32 probed_stack(unsigned long from);

/// Of i386's vDSO, which has no file: from two before its way into system calls on.
constexpr u32 kVdsoPieces = sizeof(long) == 4 ? 4 : 0;

/// What of a stack is copied.
struct StackParts {
  u32 whole;  // bytes
  u32 piece_count;
  u32 words[kMostPieces];  // of each piece the last one's offset from the stack's begin

  u32 size() const {
    return whole + (piece_count + kVdsoPieces) * static_cast<u32>(sizeof(StackPiece));
  }
};

/// Of `readable` bytes from `from` on at most `most_whole` as they are. tell_maps() has been
/// called.
StackParts stack_parts(unsigned long from, u32 readable, u32 most_whole = kMaxStackBytes);

/// The same of the stack of `here`, which ttrace_capture() has just filled.
inline StackParts captured_parts(const StackCopy& here, u32 most_whole = kMaxStackBytes) {
  const auto from = static_cast<unsigned long>(here.sp);
  return stack_parts(from, readable_stack(reinterpret_cast<const unsigned char*>(from)),
                     most_whole);
}

/// Fills `to` and the bytes behind it, of which parts.size() were reserved.
void copy_stack(StackCopy& to, const StackCopy& place, unsigned long function,
                const StackParts& parts);

/// Hands over what is mapped in this process if that has changed since it was last told.
void tell_maps();

/// Hands it over once more: what is mapped has changed, too, that is no module. Makes system calls
/// and nothing else.
void tell_maps_anew();

/// A number that tells call paths apart: of the words of the stack those that lie in code. `size`:
/// bytes that can be read from `from` on.
u64 path_signature(const unsigned char* from, u32 size);

}  // namespace ttrace::preload
