// The library's end of the channel: finds and maps it, and puts records into it.
#pragma once

#include "preload/library/system.h"

namespace ttrace::preload {

extern "C" [[gnu::visibility("hidden")]] Head* ttrace_head;
/// Maps the channel that the environment names, once; without one, a head of its own that asks for
/// nothing.
Head& attach();

inline Head& head() {
  Head* const known = __atomic_load_n(&ttrace_head, __ATOMIC_ACQUIRE);
  return known ? *known : attach();
}

/// Room for a record of `size` bytes, with its header filled in but for `position`; null: there is
/// none, which has been counted. It must be handed to commit().
Record* reserve(Kind kind, u32 size);
/// Hands it over. What it says of its position names it for good.
u64 commit(Record* record);

template <typename T>
T* reserve_as(Kind kind, u32 more_bytes = 0) {
  return reinterpret_cast<T*>(reserve(kind, static_cast<u32>(sizeof(T)) + more_bytes));
}

/// A process cut the channel's file short, and `address` lies in what is gone of it: it reads as
/// zeros from now on. False: it lies elsewhere.
bool refill_channel(unsigned long address);

/// Something was seen that could not be told.
inline void count_dropped() { __atomic_fetch_add(&head().dropped, 1, __ATOMIC_RELAXED); }

}  // namespace ttrace::preload
