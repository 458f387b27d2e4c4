#include "preload/library/run_clock.h"

namespace ttrace::preload {

void await_clock(u32 sequence) {
  constexpr u32 kLooks = 1u << 16;  // some milliseconds: setting it takes nanoseconds
  u32& shared = head().clock.sequence;
  for (u32 i = 0; i < kLooks; ++i) {
    if (!(sequence & 1) || __atomic_load_n(&shared, __ATOMIC_ACQUIRE) != sequence) return;
    __builtin_ia32_pause();
  }
  __atomic_compare_exchange_n(&shared, &sequence, sequence + 1, false, __ATOMIC_RELEASE,
                              __ATOMIC_RELAXED);
}

}  // namespace ttrace::preload
