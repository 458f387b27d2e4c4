// The shim of x86-64 targets: the functions that the patched symbols of the vDSO lead to. Each
// calls the real one and translates what it says. 64-bit programs hold any time, so nothing is
// reported from here.
#include "preload/shim/clocks.h"

namespace ttrace::shim {

extern "C" {
__attribute__((visibility("hidden"))) Data ttrace_shim_data;
}

namespace {

struct Timeval {
  i64 s, us;
};

long raw_clock_gettime(u32 id, Time* time) {
  long result;
  register u64 cookie asm("r9") = ttrace_shim_data.cookie;
  asm volatile("syscall"
               : "=a"(result)
               : "0"(228L), "D"(static_cast<long>(static_cast<i32>(id))), "S"(time), "r"(cookie)
               : "rcx", "r11", "memory");
  return result;
}

long read_clock(u32 id, Time* time) {
  const Data& data = ttrace_shim_data;
  if (data.direct_calls) return raw_clock_gettime(id, time);
  return reinterpret_cast<int (*)(u32, Time*)>(data.real_clock_gettime)(id, time);
}

// At rate 1 the offset is added under the sequence lock without copying all the parameters: this
// is what a program that asks for the time a million times a second pays for.
Time show(u32 id, const Time& real) {
  const volatile ClockParams& clock = ttrace_shim_data.clock;
  if (clock.scaled) return shown_reading(steady_copy(clock), id, real);
  if (!is_in(kWallClocks, id)) return real;
  u32 before;
  Time offset;
  do {
    before = __atomic_load_n(&clock.sequence, __ATOMIC_ACQUIRE);
    offset = {clock.offset.s, clock.offset.ns};
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
  } while ((before & 1) || before != __atomic_load_n(&clock.sequence, __ATOMIC_RELAXED));
  return real + offset;
}

Time wall_time() {
  Time real{};
  read_clock(0, &real);
  return show(0, real);
}

}  // namespace

extern "C" {

int ttrace_clock_gettime(u32 id, Time* time) {
  const long result = read_clock(id, time);
  if (result == 0) *time = show(id, *time);
  return static_cast<int>(result);
}

int ttrace_gettimeofday(Timeval* tv, void* zone) {
  if (zone) {
    reinterpret_cast<int (*)(Timeval*, void*)>(ttrace_shim_data.real_gettimeofday)(nullptr, zone);
  }
  if (tv) {
    const Time now = wall_time();
    *tv = {now.s, now.ns / 1000};
  }
  return 0;
}

long ttrace_time(i64* out) {
  const Time now = wall_time();
  if (out) *out = now.s;
  return now.s;
}

}  // extern "C"

}  // namespace ttrace::shim
