// The shim of x86-64 targets: the functions that the patched symbols of the vDSO lead to, each of
// which calls the real one and translates what it says, and the translation of stat calls that come
// through entry_x86_64.S. 64-bit programs hold any time, so nothing is reported from here.
#include "preload/shim/clocks.h"
#include "preload/shim/stat_layouts.h"

namespace ttrace::shim {

extern "C" {
__attribute__((visibility("hidden"))) Data ttrace_shim_data;
}

namespace {

struct Timeval {
  i64 s, us;
};

[[gnu::noinline, gnu::cold]] long raw_clock_gettime(u32 id, Time* time) {
  long result;
  register u64 cookie asm("r9") = ttrace_shim_data.cookie;
  asm volatile("syscall"
               : "=a"(result)
               : "0"(228L), "D"(static_cast<long>(static_cast<i32>(id))), "S"(time), "r"(cookie)
               : "rcx", "r11", "memory");
  return result;
}

[[gnu::always_inline]] inline long read_real_clock(u32 id, Time* time) {
  const Data& data = ttrace_shim_data;
  if (data.direct_calls) [[unlikely]]
    return raw_clock_gettime(id, time);
  return reinterpret_cast<int (*)(u32, Time*)>(data.real_clock_gettime)(id, time);
}

/// Reads clock `id` as the target sees it.
[[gnu::always_inline]] inline long read_clock(u32 id, Time* time) {
  const ClockParams& clock = ttrace_shim_data.clock;
  for (;;) {
    const u32 sequence = sequence_of(clock);
    const long result = read_real_clock(id, time);
    if (result != 0 || show_in_place(clock, sequence, id, time)) return result;
  }
}

}  // namespace

extern "C" {

int ttrace_clock_gettime(u32 id, Time* time) { return static_cast<int>(read_clock(id, time)); }

int ttrace_gettimeofday(Timeval* tv, void* zone) {
  if (zone) {
    reinterpret_cast<int (*)(Timeval*, void*)>(ttrace_shim_data.real_gettimeofday)(nullptr, zone);
  }
  if (tv) {
    Time now;
    read_clock(0, &now);
    *tv = {now.s, now.ns / 1000};
  }
  return 0;
}

long ttrace_time(i64* out) {
  Time now;
  read_clock(0, &now);
  if (out) *out = now.s;
  return now.s;
}

/// The structure that system call `nr` has just filled.
__attribute__((visibility("hidden"))) void ttrace_shift_stat(u32 nr, unsigned char* stat) {
  constexpr u32 kStatxNr = 332;  // arch/x86/entry/syscalls/syscall_64.tbl
  Data& data = ttrace_shim_data;
  shift_stat(data.clock, data.files, nr == kStatxNr ? kStatx : kStatX86_64, data.shift_files, stat);
}

}  // extern "C"

}  // namespace ttrace::shim
