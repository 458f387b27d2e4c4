// Where every thread stands, asked of all at once: when --timeout is up, and at an attach.
#pragma once

#include <functional>
#include <map>

#include "tracer/engine/tracer.h"
#include "tracer/session/event_sink.h"
#include "tracer/stacks/stack_walker.h"

namespace ttrace {

class BlockedThreads {
 public:
  /// What a thread in connect() asked for, whatever a rule made of it.
  using WantedBy = std::function<std::optional<SocketAddress>(Pid)>;

  BlockedThreads(EventSink& sink, StackWalker& walker, std::size_t stack_depth)
      : sink_(sink), walker_(walker), stack_depth_(stack_depth) {}

  /// Looks at each thread, then asks it to stop for its stack: one ThreadBlocked each.
  void ask(Tracer& tracer, ThreadBlocked::When when, const WantedBy& wanted_by);
  /// Those that have been asked and have not stopped yet.
  const std::map<Pid, ThreadBlocked>& waiting() const { return waiting_; }
  /// False: not all have answered, and they still may.
  bool all_told(const Tracer& tracer);
  /// A thread has stopped because it was asked to.
  void on_interrupted(const Tracee& tracee);
  void on_thread_exit(Pid tid) { waiting_.erase(tid); }

 private:
  void tell_unstopped(const Tracer& tracer);

  EventSink& sink_;
  StackWalker& walker_;
  std::size_t stack_depth_;
  std::chrono::nanoseconds asked_{0};     // when
  std::map<Pid, ThreadBlocked> waiting_;  // threads that have not stopped yet
};

}  // namespace ttrace
