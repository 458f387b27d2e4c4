#include "tracer/clock/run_clock.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <cmath>
#include <ctime>
#include <limits>
#include <thread>
#include <utility>

#include "tracer/base/unique_fd.h"

namespace ttrace {
namespace {

shim::Time read_clock(clockid_t id) {
  timespec ts{};
  clock_gettime(id, &ts);
  return {ts.tv_sec, ts.tv_nsec};
}

shim::Time coarse_tick_after(const shim::Time& before) {
  for (;;) {
    const shim::Time now = read_clock(CLOCK_REALTIME_COARSE);
    if (before < now) return now;
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
}

shim::Time ctime_of(int file) {
  struct stat status {};
  (void)fstat(file, &status);
  return {status.st_ctim.tv_sec, status.st_ctim.tv_nsec};
}

// A time stamp later than all that files have by now, and than which none will be earlier. Since
// Linux 6.13 a change to a file whose ctime was looked at gets a fine stamp, and later ones are not
// less (multigrain timestamps: inode_set_ctime_current() of fs/inode.c). nullopt: not so here.
std::optional<shim::Time> next_stamp() {
  const UniqueFd file(memfd_create("stamp", MFD_CLOEXEC));
  if (!file) return std::nullopt;
  const shim::Time before = ctime_of(file.get());
  if (fchmod(file.get(), 0600) != 0) return std::nullopt;
  const shim::Time stamp = ctime_of(file.get());
  const UniqueFd later(memfd_create("stamp", MFD_CLOEXEC));
  if (!later || !(before < stamp) || ctime_of(later.get()) < stamp) return std::nullopt;
  constexpr shim::i64 kCoarsest = 100;  // ns that stamps of NTFS and CIFS are cut to
  return shim::Time{stamp.s, stamp.ns / kCoarsest * kCoarsest};
}

constexpr shim::Time kFarFuture{shim::i64{1} << 40, 0};

struct Quotient {
  std::uint64_t whole, rest;
};

// a * b / c by double and add, since the product takes more than 64 bits, which no type has on
// every machine. c is below 2^63. Saturates.
Quotient product_over(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  const std::uint64_t part = b % c;  // of each a, beside the wholes of b / c
  Quotient result{0, 0};
  for (int bit = 63; bit >= 0; --bit) {
    result.rest *= 2, result.whole *= 2;
    if (result.rest >= c) result.rest -= c, ++result.whole;
    if ((a >> bit & 1) != 0) result.rest += part;
    if (result.rest >= c) result.rest -= c, ++result.whole;
  }
  std::uint64_t wholes = 0;
  if (__builtin_mul_overflow(a, b / c, &wholes) ||
      __builtin_add_overflow(result.whole, wholes, &result.whole)) {
    result.whole = kMost;
  }
  return result;
}

// span * numerator / denominator, exactly, for a span that is not negative.
shim::Time ratio_of_positive(const shim::Time& span, std::uint64_t numerator,
                             std::uint64_t denominator) {
  constexpr std::uint64_t kSecond = shim::kNanoseconds;
  const auto [seconds, left] =
      product_over(static_cast<std::uint64_t>(span.s), numerator, denominator);
  const Quotient of_left = product_over(left, kSecond, denominator);
  const Quotient of_rest =
      product_over(static_cast<std::uint64_t>(span.ns), numerator, denominator);
  const std::uint64_t nanoseconds =
      of_left.whole + of_rest.whole + (of_left.rest + of_rest.rest) / denominator;
  if (seconds >= static_cast<std::uint64_t>(kFarFuture.s)) return kFarFuture;
  return {static_cast<shim::i64>(seconds + nanoseconds / kSecond),
          static_cast<shim::i64>(nanoseconds % kSecond)};
}

// The same for any span, rounded towards zero. Saturates in the far future.
shim::Time ratio(const shim::Time& span, std::uint64_t numerator, std::uint64_t denominator) {
  if (denominator == 0) return span.s < 0 ? shim::Time{0, 0} : kFarFuture;
  if (span.s >= 0) return ratio_of_positive(span, numerator, denominator);
  const shim::Time zero{0, 0};
  return zero - ratio_of_positive(zero - span, numerator, denominator);
}

// What lies further ahead was not stamped by the run, but set by a program. Wider than need be
// would take more of the dates of these days for the run's.
constexpr shim::Time kHorizon{86400, 0};

constexpr std::uint64_t kOne = std::uint64_t{1} << 32;  // a rate of 1

}  // namespace

RunClock::RunClock(std::optional<WallTime> start, double rate)
    : made_at_(read_clock(CLOCK_REALTIME_COARSE)),
      start_(start),
      faked_(start.has_value() || rate != 1.0) {
  params_.scaled = rate != 1.0;
  params_.rate_q32 = static_cast<std::uint64_t>(std::llround(rate * 4294967296.0));
  begin_at(made_at_);
}

// File time stamps come from the coarse clock, which lags by up to a tick. Where nothing else tells
// what was made before the run from what is made in it, the run begins at a fresh tick.
void RunClock::begin() {
  if (std::exchange(begun_, true)) return;
  const auto first = next_stamp();
  begin_at(first ? read_clock(CLOCK_REALTIME_COARSE) : coarse_tick_after(made_at_));
  if (first) params_.first_stamp = *first;
}

void RunClock::postpone() { made_at_ = read_clock(CLOCK_REALTIME_COARSE); }

void RunClock::begin_at(const shim::Time& real) {
  params_.real0 = real;
  params_.monotonic0 = read_clock(CLOCK_MONOTONIC);
  params_.raw0 = read_clock(CLOCK_MONOTONIC_RAW);
  params_.boottime0 = read_clock(CLOCK_BOOTTIME);
  params_.shown0 = start_ ? shim::Time{start_->s, start_->ns} : params_.real0;
  params_.offset = params_.shown0 - params_.real0;
  params_.first_stamp = params_.real0;
  params_.horizon = params_.real0 + kHorizon;
}

bool RunClock::may_overflow() const {
  constexpr shim::i64 kMargin = 366 * 86400;  // no run is longer
  const shim::i64 now = shown(read_clock(CLOCK_REALTIME)).s;
  return params_.scaled || !shim::fits_time32(now + kMargin) || !shim::fits_time32(now);
}

std::optional<shim::Time> RunClock::now(clockid_t id) const {
  timespec ts{};
  if (clock_gettime(id, &ts) != 0) return std::nullopt;
  const shim::Time real{ts.tv_sec, ts.tv_nsec};
  return id < 0 ? real : shim::shown_reading(params_, static_cast<shim::u32>(id), real);
}

shim::Time RunClock::real_span(const shim::Time& span) const {
  return params_.scaled ? ratio(span, kOne, params_.rate_q32) : span;
}

shim::Time RunClock::shown_span(const shim::Time& span) const {
  return params_.scaled ? ratio(span, params_.rate_q32, kOne) : span;
}

shim::Time RunClock::real_reading(clockid_t id, const shim::Time& shown) const {
  const auto bit = static_cast<shim::u32>(id);
  shim::Time real = shown;
  if (shim::is_in(shim::kWallClocks, bit)) {
    real = params_.real0 + real_span(shown - params_.shown0);
  } else if (params_.scaled && shim::is_in(shim::kMonotonicClocks, bit)) {
    real = params_.monotonic0 + real_span(shown - params_.monotonic0);
  } else if (params_.scaled && shim::is_in(shim::kBoottimeClocks, bit)) {
    real = params_.boottime0 + real_span(shown - params_.boottime0);
  }
  return real.s < 0 ? shim::Time{0, 0} : real;
}

shim::Time RunClock::stored_stamp(const shim::Time& shown) const {
  const shim::Time real = params_.real0 + real_span(shown - params_.shown0);
  return shim::made_in_run(params_, real) ? real : shown;
}

void RunClock::extend_horizon() {
  const shim::Time now = read_clock(CLOCK_REALTIME_COARSE);
  if (params_.horizon - now < shim::Time{kHorizon.s / 2, 0}) {
    params_.horizon = now + kHorizon;
    if (changed_) changed_();
  }
}

void RunClock::set(const shim::Time& shown) {
  // The coarse clock, which lags, must not read less than what was set.
  const shim::Time real = read_clock(CLOCK_REALTIME_COARSE);
  // The step applies to the wall clock only: other clocks run on from where they began, and the
  // point that shows `shown` is moved back to the run's beginning.
  const shim::Time elapsed = real - params_.real0;
  params_.shown0 = shown - (params_.scaled ? shim::scale(elapsed, params_.rate_q32) : elapsed);
  params_.offset = params_.shown0 - params_.real0;
  faked_ = true;
  if (changed_) changed_();
}

}  // namespace ttrace
