// The clock model's arithmetic, in both directions. Freestanding, because the shim runs it inside
// the target and the tracer runs the same code outside: they cannot disagree.
#pragma once

#include "preload/shim/protocol.h"

namespace ttrace::shim {

constexpr i64 kNanoseconds = 1000000000;
constexpr i64 kTime32Max = 2147483647;     // 2038-01-19T03:14:07Z
constexpr i64 kTime32Min = -2147483648LL;  // 1901-12-13T20:45:52Z

constexpr bool fits_time32(i64 seconds) { return seconds >= kTime32Min && seconds <= kTime32Max; }

constexpr bool operator<(const Time& a, const Time& b) {
  return a.s < b.s || (a.s == b.s && a.ns < b.ns);
}

constexpr Time operator+(const Time& a, const Time& b) {
  const i64 ns = a.ns + b.ns;
  return ns >= kNanoseconds ? Time{a.s + b.s + 1, ns - kNanoseconds} : Time{a.s + b.s, ns};
}

constexpr Time operator-(const Time& a, const Time& b) {
  const i64 ns = a.ns - b.ns;
  return ns < 0 ? Time{a.s - b.s - 1, ns + kNanoseconds} : Time{a.s - b.s, ns};
}

/// `span` times a 32.32 fixed-point factor. Exact to the nanosecond for |span| under 68 years and
/// factors under 2^20. Not inlined: the path for rate 1 is what must be short.
[[gnu::noinline]] constexpr Time scale(const Time& span, std::uint64_t factor_q32) {
  const i64 whole = static_cast<i64>(factor_q32 >> 32);
  const i64 fraction = static_cast<i64>(factor_q32 & 0xffffffffu);
  // A negative span has a negative `s` and a positive `ns`: s * fraction keeps its sign, and the
  // arithmetic shift rounds down, so what is left over is positive again.
  const i64 seconds_q32 = span.s * fraction;
  const i64 left_over_ns = ((seconds_q32 & 0xffffffff) * kNanoseconds) >> 32;
  const i64 ns = span.ns * whole + ((span.ns * fraction) >> 32) + left_over_ns;
  return {span.s * whole + (seconds_q32 >> 32) + ns / kNanoseconds, ns % kNanoseconds};
}

[[gnu::noinline]] constexpr Time shown_scaled(const ClockParams& clock, const Time& real) {
  return clock.shown0 + scale(real - clock.real0, clock.rate_q32);
}

/// What the target's wall clock shows when the machine's shows `real`.
constexpr Time shown_time(const ClockParams& clock, const Time& real) {
  if (clock.scaled) return shown_scaled(clock, real);
  return real + clock.offset;
}

/// The same for a clock that counts from an arbitrary point, `start` when the run began.
constexpr Time shown_elapsed(const ClockParams& clock, const Time& start, const Time& real) {
  return clock.scaled ? start + scale(real - start, clock.rate_q32) : real;
}

/// Was a file's time stamp made by the run? Otherwise it is older, or so far in the future that
/// some program set it.
constexpr bool made_in_run(const ClockParams& clock, const Time& stamp) {
  return !(stamp < clock.first_stamp) && !(clock.horizon < stamp);
}

/// A file's time stamp as the target sees it: what was stamped in the run is as old as the target's
/// clock says, and any other keeps its date.
constexpr Time shown_stamp(const ClockParams& clock, const Time& stamp) {
  return made_in_run(clock, stamp) ? shown_time(clock, stamp) : stamp;
}

}  // namespace ttrace::shim
