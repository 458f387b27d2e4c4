// How ttrace itself answers signals while it traces: its target is in the same job, gets the
// terminal's signals by itself, and must find ttrace awake to act on them.
#pragma once

#include <atomic>
#include <functional>
#include <optional>

#include "tracer/base/types.h"
#include "tracer/engine/targets.h"

namespace ttrace {

class JobControl {
 public:
  /// Installs the handlers; the destructor puts the former ones back. One at a time. Must not be
  /// made before the target is forked, which would inherit what is ignored.
  JobControl(Targets& targets, std::optional<Duration> timeout);
  ~JobControl();
  JobControl(const JobControl&) = delete;
  JobControl& operator=(const JobControl&) = delete;

  /// Set by the handlers: a signal came, and on_wakeup() is due.
  static std::atomic<bool>& woken();
  /// Acts on what came.
  void on_wakeup();
  /// Wanted: on_wakeup() comes every 50 ms from now on, until it is no longer; else each hour.
  void keep_waking(bool wanted);
  /// Called when the time is up, before anything is ended. It returns false while it
  /// needs more time; it is called again for half a second at most.
  void on_time_up(std::function<bool()> callback) { time_up_ = std::move(callback); }
  /// The targets are not ours to end: `leave` is called, again and again, where they would be.
  void leave_instead(std::function<void()> leave);
  /// Called once if the command has ended and what it left behind runs on a second later.
  void on_left_behind(std::function<void()> callback) { left_behind_ = std::move(callback); }
  /// The time ran out and the targets were ended.
  bool timed_out() const { return timed_out_; }
  /// A signal came to this object's ttrace that asks programs to end.
  bool asked_to_end() const;

 private:
  void act_on_signals();
  void end_targets();
  void look_at_left_behind();
  void set_pace();

  Targets& targets_;
  std::optional<Duration> deadline_;  // on the steady clock
  std::optional<Duration> kill_at_;
  std::optional<Duration> asked_until_;  // when to end them, whatever time_up_ says
  std::optional<Duration> main_gone_at_;
  std::function<bool()> time_up_;
  std::function<void()> leave_;
  std::function<void()> left_behind_;
  bool waking_ = false;
  bool timed_out_ = false;
};

}  // namespace ttrace
