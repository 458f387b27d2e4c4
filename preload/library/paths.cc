#include "preload/library/paths.h"

#include "preload/library/stack.h"

namespace ttrace::preload {
namespace {

/// Signatures, hashed by their low bits. A path's place here is also that of its counter.
u64 paths[kPathCount];
u32 first_counter = 0;  // plus one; 0: no block was taken yet

u32 take_block() {
  u32 known = __atomic_load_n(&first_counter, __ATOMIC_ACQUIRE);
  if (known) return known - 1;
  const u32 block = __atomic_fetch_add(&head().counters_used, kPathCount, __ATOMIC_RELAXED);
  if (!__atomic_compare_exchange_n(&first_counter, &known, block + 1, false, __ATOMIC_RELEASE,
                                   __ATOMIC_ACQUIRE)) {
    return known - 1;
  }
  return block;
}

struct Place {
  u32 counter;
  bool is_new;
  bool is_full;
};

Place place_of(u64 signature) {
  const u32 block = take_block();
  const bool no_room = block > kCounterCount - kPathCount;
  for (u32 i = 0; i < kPathCount && !no_room; ++i) {
    const u32 at = (static_cast<u32>(signature) + i) % kPathCount;
    u64 known = 0;
    if (__atomic_compare_exchange_n(&paths[at], &known, signature, false, __ATOMIC_RELAXED,
                                    __ATOMIC_RELAXED)) {
      return {block + at, true, false};
    }
    if (known == signature) return {block + at, false, false};
  }
  return {0, false, true};
}

u32* counter(u32 index) {
  return reinterpret_cast<u32*>(reinterpret_cast<unsigned char*>(&head()) + kCountersOffset) +
         index;
}

}  // namespace

Path path_of(const char* function, u32 reason, const void* entry) {
  tell_maps();
  const auto* const from = static_cast<const unsigned char*>(entry);
  const u64 stack = path_signature(from, readable_stack(from));
  const u64 signature = (stack * 31 + reinterpret_cast<unsigned long>(function)) * 31 + reason + 1;
  const Place place = place_of(signature ? signature : 1);
  if (place.is_full) {
    count_dropped();
  } else if (!place.is_new) {
    __atomic_fetch_add(counter(place.counter), 1, __ATOMIC_RELAXED);
  }
  return {place.is_new, place.counter};
}

}  // namespace ttrace::preload
