// Which clock ids show which time (include/uapi/linux/time.h), for the shim and the tracer.
#pragma once

#include "preload/shim/clock_math.h"

namespace ttrace::shim {

constexpr u32 bit(unsigned id) { return 1u << id; }

// CLOCK_REALTIME, CLOCK_REALTIME_COARSE, CLOCK_REALTIME_ALARM, CLOCK_TAI
constexpr u32 kWallClocks = bit(0) | bit(5) | bit(8) | bit(11);
// CLOCK_MONOTONIC, CLOCK_MONOTONIC_COARSE
constexpr u32 kMonotonicClocks = bit(1) | bit(6);
constexpr u32 kRawClock = bit(4);                 // CLOCK_MONOTONIC_RAW
constexpr u32 kBoottimeClocks = bit(7) | bit(9);  // CLOCK_BOOTTIME, CLOCK_BOOTTIME_ALARM

constexpr bool is_in(u32 set, u32 id) { return id < 32 && (set >> id & 1); }

/// The reading `real` of clock `id` as the target sees it.
[[gnu::noinline, gnu::cold]] inline Time shown_reading(const ClockParams& clock, u32 id,
                                                       const Time& real) {
  if (is_in(kWallClocks, id)) return shown_time(clock, real);
  if (!clock.scaled) return real;
  if (is_in(kMonotonicClocks, id)) return shown_elapsed(clock, clock.monotonic0, real);
  if (is_in(kRawClock, id)) return shown_elapsed(clock, clock.raw0, real);
  if (is_in(kBoottimeClocks, id)) return shown_elapsed(clock, clock.boottime0, real);
  return real;
}

[[gnu::always_inline]] inline void copy_time(Time& to, const volatile Time& from) {
  to.s = from.s;
  to.ns = from.ns;
}

/// A copy of the parameters that the tracer was not changing meanwhile. At rate 1 only of those
/// that matter then: a copy of all of them is what a stat call would notice most.
inline ClockParams steady_copy(const volatile ClockParams& shared) {
  ClockParams copy;
  u32 before;
  do {
    before = __atomic_load_n(&shared.sequence, __ATOMIC_ACQUIRE);
    copy.scaled = shared.scaled;
    copy_time(copy.offset, shared.offset);
    copy_time(copy.real0, shared.real0);
    copy_time(copy.shown0, shared.shown0);
    copy_time(copy.horizon, shared.horizon);
    if (copy.scaled) [[unlikely]]
      copy = const_cast<const ClockParams&>(shared);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
  } while ((before & 1) || before != __atomic_load_n(&shared.sequence, __ATOMIC_RELAXED));
  return copy;
}

[[gnu::noinline, gnu::cold]] inline void show_scaled(const volatile ClockParams& shared, u32 id,
                                                     Time* time) {
  *time = shown_reading(steady_copy(shared), id, *time);
}

/// Translates a reading in place. At rate 1, the case that must cost next to nothing, the offset
/// is added without copying the other parameters.
[[gnu::always_inline]] inline void show_in_place(const volatile ClockParams& shared, u32 id,
                                                 Time* time) {
  if (shared.scaled) [[unlikely]]
    return show_scaled(shared, id, time);
  if (!is_in(kWallClocks, id)) return;
  u32 before, ns;
  std::int64_t s;
  do {
    before = __atomic_load_n(&shared.sequence, __ATOMIC_ACQUIRE);
    s = shared.offset.s;
    ns = static_cast<u32>(shared.offset.ns);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
  } while ((before & 1) || before != __atomic_load_n(&shared.sequence, __ATOMIC_RELAXED));
  // Nanoseconds fit 32 bits, which i386 adds in one go.
  u32 sum = static_cast<u32>(time->ns) + ns;
  s += time->s;
  if (sum >= static_cast<u32>(kNanoseconds)) {
    sum -= static_cast<u32>(kNanoseconds);
    ++s;
  }
  time->s = s;
  time->ns = sum;
}

}  // namespace ttrace::shim
