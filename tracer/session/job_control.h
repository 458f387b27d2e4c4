// How ttrace itself answers signals while it traces: its target is in the same job, gets the
// terminal's signals by itself, and must find ttrace awake to act on them.
#pragma once

#include <functional>
#include <optional>

#include "tracer/base/types.h"
#include "tracer/engine/tracer.h"

namespace ttrace {

class JobControl {
 public:
  /// Installs the handlers; the destructor puts the former ones back. One at a time. Must not be
  /// made before the target is forked, which would inherit what is ignored.
  JobControl(Tracer& tracer, std::optional<Duration> timeout);
  ~JobControl();
  JobControl(const JobControl&) = delete;
  JobControl& operator=(const JobControl&) = delete;

  /// The wait for tracees was interrupted: acts on what came.
  void on_wakeup();
  /// The time ran out and the targets were ended.
  bool timed_out() const { return timed_out_; }

 private:
  void end_targets();

  Tracer& tracer_;
  std::optional<Duration> deadline_;  // on the steady clock
  std::optional<Duration> kill_at_;
  bool timed_out_ = false;
};

}  // namespace ttrace
