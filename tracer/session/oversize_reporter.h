// From "a value that does not fit was handed over here" to a full event: takes the stack, finds the
// libc function that the program called, and has its return watched.
#pragma once

#include <memory>
#include <optional>

#include "analyzers/libc_time32.h"
#include "preload/shim/protocol.h"
#include "tracer/session/event_sink.h"
#include "tracer/shim/call_paths.h"
#include "tracer/shim/confirm.h"
#include "tracer/stacks/stack_walker.h"

namespace ttrace {

class OversizeReporter {
 public:
  OversizeReporter(EventSink& sink, StackWalker& walker, std::size_t stack_depth);

  /// A report of the shim in a stopped thread; `state` is that of the shim's caller.
  void report(Tracee& tracee, const shim::Report& report, const UnwindState& state,
              RemotePtr sp_at_entry);
  ReturnWatcher& returns() { return returns_; }
  CallPaths& paths() { return paths_; }

 private:
  void settle(Tracee& tracee, Event event, const RawStack& raw_stack);

  EventSink& sink_;
  StackWalker& walker_;
  std::size_t depth_;
  ReturnWatcher returns_;
  CallPaths paths_;
};

}  // namespace ttrace
