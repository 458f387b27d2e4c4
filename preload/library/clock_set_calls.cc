// The calls that set the clock: the run's moves, the machine's does not.
#include <errno.h>
#include <time.h>

#include "preload/library/next.h"
#include "preload/library/oversize.h"
#include "preload/library/run_clock.h"
#include "preload/library/stack.h"

namespace ttrace::preload {
namespace {

using shim::ClockParams;
using shim::Time;

Time machine_now() {
  Time time{};
  system_call(kClockGettime, CLOCK_REALTIME_COARSE, address_of(&time));
  return time;
}

/// The run's clock shows `shown` now, and runs on from there; as RunClock::set() has it.
void move_clock(const Time& shown) {
  ClockParams& clock = head().clock;
  u32 even = __atomic_load_n(&clock.sequence, __ATOMIC_RELAXED) & ~1u;
  while (!__atomic_compare_exchange_n(&clock.sequence, &even, even + 1, false, __ATOMIC_ACQUIRE,
                                      __ATOMIC_RELAXED)) {
    await_clock(even);
    even &= ~1u;
  }
  const Time elapsed = machine_now() - clock.real0;
  clock.shown0 = shown - (clock.scaled ? shim::scale(elapsed, clock.rate_q32) : elapsed);
  clock.offset = clock.shown0 - clock.real0;
  __atomic_store_n(&clock.sequence, even + 2, __ATOMIC_RELEASE);
}

void tell_set(const char* function, i64 seconds) {
  tell_maps();
  StackCopy here{};
  ttrace_capture(&here);
  const StackParts parts = captured_parts(here);
  auto* const record = reserve_as<CutRecord>(Kind::kClockSet, parts.size());
  if (!record) return;
  record->counter = 0;
  record->is_stamp = 0;
  record->seconds = seconds;
  copy_text(record->function, function);
  copy_stack(record->stack, here, 0, parts);
  commit(&record->record);
}

/// As the kernel's own checks have it (kernel/time/time.c, do_sys_settimeofday64).
int set_clock(const char* function, const Time& shown) {
  if (shown.s < 0 || shown.ns < 0 || shown.ns >= shim::kNanoseconds) {
    error_number() = EINVAL;
    return -1;
  }
  move_clock(shown);
  if (head().watch & kWatchTime) tell_set(function, shown.s);
  return 0;
}

bool is_faked() { return head().watch & kFakedClock; }

struct Narrow {
  long s, part;
};

}  // namespace

TTRACE_STAND_IN(int, settimeofday, (const Narrow* time, const void* zone)) {
  constinit static Next<int(const Narrow*, const void*)> next{"settimeofday"};
  if (!is_faked() || !time) return next.get()(time, zone);
  return set_clock("settimeofday", {time->s, i64{time->part} * 1000});
}

TTRACE_STAND_IN(int, clock_settime, (int clock, const Narrow* time)) {
  constinit static Next<int(int, const Narrow*)> next{"clock_settime"};
  if (!is_faked() || clock != CLOCK_REALTIME || !time) return next.get()(clock, time);
  return set_clock("clock_settime", {time->s, time->part});
}

#ifdef __i386__
struct Timeval64 {
  i64 s, us;
};

TTRACE_STAND_IN(int, __settimeofday64, (const Timeval64* time, const void* zone)) {
  constinit static Next<int(const Timeval64*, const void*)> next{"__settimeofday64"};
  if (!is_faked() || !time) return next.get()(time, zone);
  return set_clock("settimeofday", {time->s, time->us * 1000});
}

TTRACE_STAND_IN(int, __clock_settime64, (int clock, const Time* time)) {
  constinit static Next<int(int, const Time*)> next{"__clock_settime64"};
  if (!is_faked() || clock != CLOCK_REALTIME || !time) return next.get()(clock, time);
  return set_clock("clock_settime", {time->s, static_cast<i32>(time->ns)});
}
#endif

}  // namespace ttrace::preload
