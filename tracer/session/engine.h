// How a target is watched: what a run needs of an engine, be it ptrace or the preloaded library.
// The calls come in the order in which they stand here.
#pragma once

#include <functional>
#include <memory>

#include "analyzers/run_info.h"
#include "tracer/cli/options.h"
#include "tracer/clock/run_clock.h"
#include "tracer/engine/launch.h"
#include "tracer/session/event_sink.h"
#include "tracer/session/job_control.h"

namespace ttrace {

class Engine {
 public:
  virtual ~Engine() = default;
  virtual const char* name() const = 0;
  /// Completes what is to be launched.
  virtual void prepare(LaunchOptions& launch) { (void)launch; }
  /// Makes what it takes to watch, while the child gets ready.
  virtual void build() {}
  /// The child waits to be let go. Throws UserError if it cannot be watched.
  virtual void adopt(Pid child) = 0;
  virtual Targets& targets() = 0;
  /// Lets the child go, begins the clock before the target's first instruction, and returns when
  /// no target is left.
  virtual void run(Launch& launch, JobControl& jobs) = 0;
  /// Completes the facts about the run. UserError if the command never ran.
  virtual void describe(Launch& launch, RunInfo& info) = 0;
  /// Of the command's own process.
  virtual int wait_status() const = 0;
};

/// `options`, `clock` and `sink` must outlive it.
std::unique_ptr<Engine> make_ptrace_engine(const RunOptions& options, RunClock& clock,
                                           EventSink& sink);
std::unique_ptr<Engine> make_preload_engine(const RunOptions& options, RunClock& clock,
                                            EventSink& sink);

}  // namespace ttrace
