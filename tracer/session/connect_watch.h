// All that a run does about connects and hangs, in one place for the session: the interceptors, the
// messages while a connect blocks, and who was blocked in what when the time was up.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "tracer/cli/options.h"
#include "tracer/engine/tracer.h"
#include "tracer/intercept/connects.h"
#include "tracer/intercept/peer_names.h"
#include "tracer/session/blocked_threads.h"
#include "tracer/session/live_connects.h"

namespace ttrace {

class ConnectWatch {
 public:
  /// `note` takes a sentence for the report about what could not be done; not before
  /// interceptors() is called.
  ConnectWatch(const RunOptions& options, EventSink& sink, StackWalker& walker,
               std::function<void(const std::string&)> note);

  /// Those the run needs; empty if neither the analyzer nor a rule asks for any.
  std::vector<Interceptor*> interceptors();
  void on_thread_exit(const Tracee& tracee, bool last);
  void at_exec(const Process& process) { connects_.at_exec(process); }

  /// `callback` is called as a connect begins: from then on on_tick() is to be called every 50 ms
  /// or so, until it returns false.
  void on_begin(std::function<void()> callback) { connects_.on_begin(std::move(callback)); }
  bool on_tick();

  /// The time is up: asks every thread for its stack. False: not all have answered yet.
  bool ask_where(Tracer& tracer);
  /// Just attached: asks every thread where it stands, and takes up the connects under way.
  void look_around(Tracer& tracer);
  bool has_looked(const Tracer& tracer) { return where_.all_told(tracer); }
  /// ttrace lets go of its targets, which run on.
  void on_leave() { connects_.on_leave(); }
  /// A thread has stopped because it was asked to.
  void on_interrupted(const Tracee& tracee) { where_.on_interrupted(tracee); }

 private:
  void take_up(const std::shared_ptr<Process>& process);

  const RunOptions& options_;
  bool analyze_;
  std::function<void(const std::string&)> note_;
  ConnectFaults faults_;
  HostNames names_;
  Connects connects_;
  PeerNames peers_;
  LiveConnects live_;
  BlockedThreads where_;
  bool time_up_ = false;  // every thread has been asked where it stands
};

}  // namespace ttrace
