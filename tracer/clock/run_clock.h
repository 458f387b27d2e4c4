// The one clock of a run. Every process shows what this says, whatever way it asks: the shim holds
// a copy of `params`, and the tracer itself uses the same arithmetic for calls that pass by it.
#pragma once

#include <functional>

#include "preload/shim/clocks.h"
#include "tracer/cli/options.h"

namespace ttrace {

class RunClock {
 public:
  /// A clock that shows `start` (unset: the machine's time) when it begins, and runs at `rate`.
  RunClock(std::optional<WallTime> start, double rate);
  /// What is made until now is older than the run; without it, what was made before this object.
  void postpone();
  /// The run begins now, if it has not. Before Linux 6.13 that waits until the machine's coarse
  /// clock has ticked since then, at most 10 ms: best called as late as can be, before the target's
  /// first instruction.
  void begin();

  const shim::ClockParams& params() const { return params_; }
  /// The clock is not the machine's own.
  bool faked() const { return faked_; }
  /// May a 32-bit process meet a clock value that does not fit in this run?
  bool may_overflow() const;

  /// The present reading of a clock id as the target sees it; nullopt: no such clock.
  std::optional<shim::Time> now(clockid_t id) const;
  shim::Time shown(const shim::Time& real) const { return shim::shown_time(params_, real); }

  /// The inverse: when the machine's clock `id` (not a CPU clock) reads what the target calls
  /// `shown`. Not before the epoch, which no kernel call takes; the far future if the clock stands
  /// still before `shown`.
  shim::Time real_reading(clockid_t id, const shim::Time& shown) const;
  /// The time stamp to put on disk so that the target reads `shown` back.
  shim::Time stored_stamp(const shim::Time& shown) const;
  /// How long a time that the target calls `span` really is, and the other way round.
  shim::Time real_span(const shim::Time& span) const;
  shim::Time shown_span(const shim::Time& span) const;

  /// The target set its clock: from now on it shows `shown` and runs on from there.
  void set(const shim::Time& shown);
  /// The run goes on: file time stamps of the day to come are its own. To be called now and then.
  void extend_horizon();
  /// Called after each change of params().
  void on_change(std::function<void()> callback) { changed_ = std::move(callback); }

 private:
  void begin_at(const shim::Time& real);

  shim::ClockParams params_{};
  shim::Time made_at_;  // on the coarse clock
  std::optional<WallTime> start_;
  bool faked_;
  bool begun_ = false;
  std::function<void()> changed_;
};

}  // namespace ttrace
