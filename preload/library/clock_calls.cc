// The calls that tell the time. The reading is the C library's own, in 64 bits; what the run's
// clock makes of it is handed on as the C library would: a 32-bit call fails with EOVERFLOW if it
// does not fit (glibc, sysdeps/unix/sysv/linux/clock_gettime.c, time/gettimeofday.c and others).
#include <errno.h>
#include <time.h>

#include "preload/library/next.h"
#include "preload/library/oversize.h"
#include "preload/library/run_clock.h"

namespace ttrace::preload {
namespace {

using shim::Time;

constexpr bool kWide = sizeof(long) == 8;
constexpr i64 kMicrosecond = 1000, kMillisecond = 1000000;

Next<int(int, Time*)> next_gettime{kWide ? "clock_gettime" : "__clock_gettime64"};

/// A C library older than its 64-bit calls.
[[gnu::noinline, gnu::cold]] int read_by_call(int id, Time* time) {
  const long result = system_call(kClockGettime, id, address_of(time));
  if (result == 0) return 0;
  error_number() = static_cast<int>(-result);
  return -1;
}

/// Clock `id` as the target sees it. Fails as clock_gettime() does.
[[gnu::always_inline]] inline int read_clock(int id, Time* time) {
  const shim::ClockParams& clock = head().clock;
  auto* const real = next_gettime.get();
  for (;;) {
    const u32 sequence = shim::sequence_of(clock);
    const int result = real ? real(id, time) : read_by_call(id, time);
    if (result != 0 || shim::show_in_place(clock, sequence, static_cast<u32>(id), time)) {
      return result;
    }
    await_clock(sequence);
  }
}

// As wide as the C library's own names have it.
struct Timespec {
  long s, ns;
};
struct Timeval {
  long s, us;
};
struct Timeval64 {
  i64 s, us;
};
struct Timeb {
  long s;
  unsigned short ms;
  short minutes_west, is_summer;
};
struct Timeb64 {
  i64 s;
  unsigned short ms;
  short minutes_west, is_summer;
};

bool fits(const Time& time) { return kWide || shim::fits_time32(time.s); }

/// The call is about to fail as the C library's does.
[[gnu::noinline, gnu::cold]] void tell_overflow(const char* function, unsigned long address,
                                                int clock, const Time& time, int result,
                                                const void* out, const void* entry) {
  tell_oversize(
      {function, address, shim::kReasonTime, time.s, result, EOVERFLOW, clock, 0, nullptr, out},
      entry);
  error_number() = EOVERFLOW;
}

[[maybe_unused]] Next<int(int, Timespec*)> next_clock_gettime{"clock_gettime"};
Next<int(Timeval*, void*)> next_gettimeofday{"gettimeofday"};
Next<long(long*)> next_time{"time"};
Next<int(Timeb*)> next_ftime{"ftime"};
Next<int(Timespec*, int)> next_timespec_get{"timespec_get"};

/// The zone is the C library's, which no clock changes. It wants a place for the time, too, and has
/// filled in the zone even if that does not fit (glibc, time/gettimeofday.c). Keeps errno.
void read_zone(void* zone) {
  Timeval unused{};
  const int former_errno = error_number();
  if (auto* const real = next_gettimeofday.get()) real(&unused, zone);
  error_number() = former_errno;
}

int get_timeval(Timeval* out, void* zone, const void* entry) {
  if (zone) read_zone(zone);
  if (!out) return 0;
  Time time{};
  if (read_clock(CLOCK_REALTIME, &time) != 0) return -1;
  if (!fits(time)) {
    tell_overflow("gettimeofday", next_gettimeofday.address(), CLOCK_REALTIME, time, -1, out,
                  entry);
    return -1;
  }
  *out = {static_cast<long>(time.s), static_cast<long>(time.ns / kMicrosecond)};
  return 0;
}

}  // namespace

TTRACE_STAND_IN(int, clock_gettime, (int id, Timespec* out)) {
  if constexpr (kWide) {
    return read_clock(id, reinterpret_cast<Time*>(out));
  } else {
    Time time{};
    if (read_clock(id, &time) != 0) return -1;
    if (!fits(time)) {
      tell_overflow("clock_gettime", next_clock_gettime.address(), id, time, -1, out,
                    TTRACE_ENTRY());
      return -1;
    }
    *out = {static_cast<long>(time.s), static_cast<long>(time.ns)};
    return 0;
  }
}

TTRACE_STAND_IN(int, gettimeofday, (Timeval * out, void* zone)) {
  return get_timeval(out, zone, TTRACE_ENTRY());
}

TTRACE_STAND_IN(int, __gettimeofday, (Timeval * out, void* zone)) {
  return get_timeval(out, zone, TTRACE_ENTRY());
}

TTRACE_STAND_IN(long, time, (long* out)) {
  Time time{};
  if (read_clock(CLOCK_REALTIME_COARSE, &time) != 0) return -1;
  if (!fits(time)) {
    tell_overflow("time", next_time.address(), CLOCK_REALTIME_COARSE, time, -1, out,
                  TTRACE_ENTRY());
    return -1;
  }
  if (out) *out = static_cast<long>(time.s);
  return static_cast<long>(time.s);
}

TTRACE_STAND_IN(int, ftime, (Timeb * out)) {
  Time time{};
  if (read_clock(CLOCK_REALTIME, &time) != 0) return -1;
  if (!fits(time)) {
    tell_overflow("ftime", next_ftime.address(), CLOCK_REALTIME, time, -1, out, TTRACE_ENTRY());
    return -1;
  }
  *out = {static_cast<long>(time.s), static_cast<unsigned short>(time.ns / kMillisecond), 0, 0};
  return 0;
}

TTRACE_STAND_IN(int, timespec_get, (Timespec * out, int base)) {
  if (base != TIME_UTC) {
    auto* const real = next_timespec_get.get();
    return real ? real(out, base) : 0;
  }
  Time time{};
  if (read_clock(CLOCK_REALTIME, &time) != 0) return 0;
  if (!fits(time)) {
    tell_overflow("timespec_get", next_timespec_get.address(), CLOCK_REALTIME, time, 0, out,
                  TTRACE_ENTRY());
    return 0;
  }
  *out = {static_cast<long>(time.s), static_cast<long>(time.ns)};
  return base;
}

#ifdef __i386__
// What programs with a 64-bit time_t call; nothing can fail to fit.
TTRACE_STAND_IN(int, __clock_gettime64, (int id, Time* out)) { return read_clock(id, out); }

TTRACE_STAND_IN(int, __gettimeofday64, (Timeval64 * out, void* zone)) {
  if (zone) read_zone(zone);
  if (!out) return 0;
  Time time{};
  if (read_clock(CLOCK_REALTIME, &time) != 0) return -1;
  *out = {time.s, time.ns / kMicrosecond};
  return 0;
}

TTRACE_STAND_IN(i64, __time64, (i64 * out)) {
  Time time{};
  if (read_clock(CLOCK_REALTIME_COARSE, &time) != 0) return -1;
  if (out) *out = time.s;
  return time.s;
}

TTRACE_STAND_IN(int, __ftime64, (Timeb64 * out)) {
  Time time{};
  if (read_clock(CLOCK_REALTIME, &time) != 0) return -1;
  *out = {time.s, static_cast<unsigned short>(time.ns / kMillisecond), 0, 0};
  return 0;
}

Next<int(Time*, int)> next_timespec_get64{"__timespec_get64"};

TTRACE_STAND_IN(int, __timespec_get64, (Time * out, int base)) {
  if (base == TIME_UTC) return read_clock(CLOCK_REALTIME, out) == 0 ? base : 0;
  auto* const real = next_timespec_get64.get();
  return real ? real(out, base) : 0;
}
#endif

}  // namespace ttrace::preload
