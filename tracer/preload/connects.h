// Connects as the library tells of them: a beginning, an end, and what lies between.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "preload/library/channel.h"
#include "tracer/cli/options.h"
#include "tracer/intercept/connect_attempt.h"
#include "tracer/session/event_sink.h"
#include "tracer/session/live_connects.h"

namespace ttrace::preload {

class ConnectLog {
 public:
  using StackOf = std::function<Stack()>;
  ConnectLog(const RunOptions& options, EventSink& sink);

  /// `event`: of the process, as the connect begins. `stack` is asked if there is something to
  /// tell.
  void on_begin(const ConnectRecord& record, Event event, StackOf stack);
  void on_end(const ConnectEndRecord& record);
  /// The process is about to become another program: its stacks get their names now.
  void on_program(int pid);
  /// Announces what lasts.
  void on_tick();
  /// The run is over, at `now` since its start. `killed`: the command was.
  void finish(std::chrono::nanoseconds now, bool killed);

 private:
  struct Open {
    Event event;
    StackOf stack;
    std::chrono::nanoseconds begun;  // on CLOCK_MONOTONIC
    bool announced = false;
  };
  void settle(Open& open, const ConnectEndRecord& record);
  bool tells(const Connect& what, int pid);

  const RunOptions& options_;
  EventSink& sink_;
  LiveConnects live_;
  bool analyze_;
  std::map<std::uint64_t, Open> open_;             // by the position of the beginning
  std::map<int, std::set<std::string>> failures_;  // that were told of
  std::chrono::nanoseconds next_live_{0};
};

}  // namespace ttrace::preload
