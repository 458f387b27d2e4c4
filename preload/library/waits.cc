#include "preload/library/waits.h"

#include "preload/library/paths.h"
#include "preload/library/run_clock.h"
#include "preload/library/stack.h"

namespace ttrace::preload {
namespace {

using shim::Time;

constexpr double kBillion = 1e9;
constexpr Time kFarFuture{i64{1} << 40, 0};
// As the other engine has it: nobody stamps a file with 1903 on purpose.
constexpr i64 kNobodyMeans = -631152000;

double seconds_of(const Time& span) {
  return static_cast<double>(span.s) + static_cast<double>(span.ns) / kBillion;
}

/// From the run's beginning on, spans are short enough for a double to hold nanoseconds.
Time span_of(double seconds) {
  if (seconds > static_cast<double>(kFarFuture.s)) return kFarFuture;
  i64 whole = static_cast<i64>(seconds);
  if (static_cast<double>(whole) > seconds) --whole;
  const i64 ns = static_cast<i64>((seconds - static_cast<double>(whole)) * kBillion);
  return {whole, ns < shim::kNanoseconds ? ns : shim::kNanoseconds - 1};
}

Time real_span(const shim::ClockParams& clock, const Time& span) {
  if (!clock.scaled) return span;
  if (clock.rate_q32 == 0) return span.s < 0 ? Time{0, 0} : kFarFuture;
  return span_of(seconds_of(span) * 4294967296.0 / static_cast<double>(clock.rate_q32));
}

}  // namespace

Time real_span(const Time& span) { return real_span(current_clock(), span); }

Time real_reading(u32 id, const Time& shown) {
  const shim::ClockParams clock = current_clock();
  Time real = shown;
  if (shim::is_in(shim::kWallClocks, id)) {
    real = clock.real0 + real_span(clock, shown - clock.shown0);
  } else if (clock.scaled && shim::is_in(shim::kMonotonicClocks, id)) {
    real = clock.monotonic0 + real_span(clock, shown - clock.monotonic0);
  } else if (clock.scaled && shim::is_in(shim::kBoottimeClocks, id)) {
    real = clock.boottime0 + real_span(clock, shown - clock.boottime0);
  }
  return real.s < 0 ? Time{0, 0} : real;
}

Time stored_stamp(const Time& shown) {
  const shim::ClockParams clock = current_clock();
  const Time real = clock.real0 + real_span(clock, shown - clock.shown0);
  return shim::made_in_run(clock, real) ? real : shown;
}

void look_for_cut(const char* function, bool is_stamp, u32 clock, i64 seconds, const void* entry) {
  if (sizeof(long) == 8 || !(head().watch & kWatchTime)) return;
  if (seconds >= (is_stamp ? kNobodyMeans : 0)) return;
  if (!is_stamp && !shim::is_in(shim::kWallClocks, clock)) return;
  const shim::ClockParams now = current_clock();
  // Before the limit no clock value can have been cut: the program means what it says.
  if (shim::fits_time32(now.shown0.s)) return;
  const Path path = path_of(function, is_stamp, entry);
  if (!path.is_new) return;
  StackCopy here{};
  ttrace_capture(&here);
  const StackParts parts = captured_parts(here);
  auto* const record = reserve_as<CutRecord>(Kind::kCut, parts.size());
  if (!record) return;
  record->counter = path.counter;
  record->is_stamp = is_stamp;
  record->seconds = seconds;
  copy_text(record->function, function);
  copy_stack(record->stack, here, 0, parts);
  commit(&record->record);
}

}  // namespace ttrace::preload
