// The clocks of processes that run already: moved when ttrace attaches, given back when it lets go.
#pragma once

#include "tracer/clock/run_clock.h"
#include "tracer/engine/tracer.h"
#include "tracer/shim/entry_shim.h"

namespace ttrace {

class ClockMover {
 public:
  explicit ClockMover(ShimInstaller& installer) : installer_(installer) {}

  /// Takes out what a ttrace that was killed has left. False: some must be tried again.
  bool clean_up(Tracer& tracer);
  /// Puts the shim into each process that has an empty `time_served`. False: some must be tried
  /// again, since a thread stands where it must not, or the process is stopped.
  bool move(Tracer& tracer, const ShimSettings& settings);
  /// A process has executed a program and stands at the exit of that call.
  void after_exec(Tracee& tracee, const ShimSettings& settings);
  /// Takes the shim out of every process. False: some must be tried again.
  bool give_back(Tracer& tracer, const RunClock& clock);

 private:
  const Vdso* find(Process& process);
  bool remove(Tracer& tracer, Process& process);
  EntryShim::Outcome install(Process& process, Halted& threads, const ShimSettings& settings);

  ShimInstaller& installer_;
  EntryShim shim_;
  bool giving_back_ = false;
};

}  // namespace ttrace
