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

inline u32 sequence_of(const volatile ClockParams& shared) {
  return __atomic_load_n(&shared.sequence, __ATOMIC_ACQUIRE);
}

[[gnu::always_inline]] inline bool changed_since(const volatile ClockParams& shared, u32 sequence) {
  return (sequence & 1) || sequence != __atomic_load_n(&shared.sequence, __ATOMIC_RELAXED);
}

/// Copies the parameters; false: they were being changed meanwhile. At rate 1 only those that
/// matter then: a copy of all of them is what a stat call would notice most.
inline bool try_copy(const volatile ClockParams& shared, ClockParams* copy) {
  const u32 before = sequence_of(shared);
  copy->scaled = shared.scaled;
  copy_time(copy->offset, shared.offset);
  copy_time(copy->shown0, shared.shown0);
  copy_time(copy->first_stamp, shared.first_stamp);
  copy_time(copy->horizon, shared.horizon);
  if (copy->scaled) [[unlikely]] {
    // One by one: of a whole structure compilers make a call, and here is nobody to be called.
    copy->rate_q32 = shared.rate_q32;
    copy_time(copy->real0, shared.real0);
    copy_time(copy->monotonic0, shared.monotonic0);
    copy_time(copy->raw0, shared.raw0);
    copy_time(copy->boottime0, shared.boottime0);
  }
  __atomic_thread_fence(__ATOMIC_ACQUIRE);
  copy->sequence = before;
  return !changed_since(shared, before);
}

inline ClockParams steady_copy(const volatile ClockParams& shared) {
  ClockParams copy;
  while (!try_copy(shared, &copy)) continue;
  return copy;
}

[[gnu::noinline, gnu::cold]] inline bool show_scaled(const volatile ClockParams& shared,
                                                     u32 sequence, u32 id, Time* time) {
  ClockParams copy;
  if (!try_copy(shared, &copy) || copy.sequence != sequence) return false;
  *time = shown_reading(copy, id, *time);
  return true;
}

/// Translates a reading in place. False: it must be taken again, since the parameters are no longer
/// those of `sequence`, their sequence_of() before it was taken. A thread may be preempted between
/// the two, and an old reading with a new offset is a time that never was. At rate 1, the case that
/// must cost next to nothing, the offset is added without copying the other parameters.
[[gnu::always_inline]] inline bool show_in_place(const volatile ClockParams& shared, u32 sequence,
                                                 u32 id, Time* time) {
  if (shared.scaled) [[unlikely]]
    return show_scaled(shared, sequence, id, time);
  if (!is_in(kWallClocks, id)) return true;
  std::int64_t s = shared.offset.s;
  const u32 ns = static_cast<u32>(shared.offset.ns);
  __atomic_thread_fence(__ATOMIC_ACQUIRE);
  if (changed_since(shared, sequence)) [[unlikely]]
    return false;
  // Nanoseconds fit 32 bits, which i386 adds in one go.
  u32 sum = static_cast<u32>(time->ns) + ns;
  s += time->s;
  if (sum >= static_cast<u32>(kNanoseconds)) {
    sum -= static_cast<u32>(kNanoseconds);
    ++s;
  }
  time->s = s;
  time->ns = sum;
  return true;
}

}  // namespace ttrace::shim
