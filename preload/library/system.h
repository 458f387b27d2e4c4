// System calls and the few functions on bytes that the library needs: it is linked to nothing, so
// that it can be loaded ahead of any C library, and before that is ready.
#pragma once

#include <sys/syscall.h>

#include <cstddef>

#include "preload/library/channel.h"

namespace ttrace::preload {

extern "C" {
/// In entry.S. Negative: -errno. Leaves errno alone.
long ttrace_system_call(long nr, long a, long b, long c, long d, long e, long f);
/// In entry.S: the caller's registers, those that a function keeps, and where it stands.
void ttrace_capture(StackCopy* copy);
}

inline long system_call(long nr, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0,
                        long f = 0) {
  return ttrace_system_call(nr, a, b, c, d, e, f);
}

/// clock_gettime(2) with a time in 64 bits: a shim::Time.
#ifdef SYS_clock_gettime64
constexpr long kClockGettime = SYS_clock_gettime64;
#else
constexpr long kClockGettime = SYS_clock_gettime;
#endif

/// mmap(2) with an offset of 0.
#ifdef SYS_mmap2
constexpr long kMmap = SYS_mmap2;
#else
constexpr long kMmap = SYS_mmap;
#endif

inline long address_of(const void* pointer) { return reinterpret_cast<long>(pointer); }

inline bool same_text(const char* a, const char* b) {
  while (*a && *a == *b) ++a, ++b;
  return *a == *b;
}

/// Puts the digits of `number`, not negative, behind the text in `to`.
template <std::size_t kSize>
void append_number(char (&to)[kSize], int number) {
  char digits[12];
  std::size_t count = 0, at = 0;
  for (unsigned rest = static_cast<unsigned>(number); count == 0 || rest; rest /= 10) {
    digits[count++] = static_cast<char>('0' + rest % 10);
  }
  while (to[at]) ++at;
  while (count && at + 1 < kSize) to[at++] = digits[--count];
  to[at] = '\0';
}

/// Copies with the zero at the end, cut to fit.
template <std::size_t kSize>
void copy_text(char (&to)[kSize], const char* from) {
  std::size_t i = 0;
  for (; from && from[i] && i + 1 < kSize; ++i) to[i] = from[i];
  to[i] = '\0';
}

}  // namespace ttrace::preload
