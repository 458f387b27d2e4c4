#include "tracer/session/connect_watch.h"

#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <utility>

#include "tracer/session/tcp_table.h"

namespace ttrace {

ConnectWatch::ConnectWatch(const RunOptions& options, EventSink& sink, StackWalker& walker,
                           std::function<void(const std::string&)> note)
    : options_(options),
      analyze_(std::find(options.analyzers.begin(), options.analyzers.end(), "connect") !=
               options.analyzers.end()),
      note_(note),
      faults_(options.connect_rules, note),
      connects_({sink, walker, options.stack_depth, options.slow, faults_, names_}),
      peers_(faults_),
      live_(options.verbosity < 0),
      where_(sink, walker, options.stack_depth) {
  if (analyze_) {
    connects_.on_live(
        [this](Connects::Live what, const Event& event) { live_.on_live(what, event); });
  }
}

std::vector<Interceptor*> ConnectWatch::interceptors() {
  std::vector<Interceptor*> wanted;
  for (const std::string& text : shadowed_rules(options_.connect_rules)) note_(text);
  if (analyze_ || faults_.any()) wanted.push_back(&connects_);
  if (analyze_) wanted.push_back(&names_);
  if (faults_.any()) wanted.push_back(&peers_);
  return wanted;
}

// The message of PTRACE_EVENT_EXIT is the status that the process will end with.
void ConnectWatch::on_thread_exit(const Tracee& tracee, bool last) {
  connects_.on_thread_exit(tracee);
  where_.on_thread_exit(tracee.tid);
  if (!last) return;
  const auto status = event_message(tracee.tid);
  connects_.on_process_exit(*tracee.process, status && WIFSIGNALED(static_cast<int>(*status)));
}

bool ConnectWatch::on_tick() {
  connects_.on_tick();
  return connects_.busy();
}

bool ConnectWatch::ask_where(Tracer& tracer) {
  if (!analyze_) return true;
  if (!std::exchange(time_up_, true)) {
    where_.ask(tracer, ThreadBlocked::When::kTimeUp,
               [this](Pid tid) { return connects_.wanted_by(tid); });
  }
  return where_.all_told(tracer);
}

void ConnectWatch::look_around(Tracer& tracer) {
  where_.ask(tracer, ThreadBlocked::When::kAttached, [](Pid) { return std::nullopt; });
  if (!analyze_) return;
  for (const auto& [pid, process] : tracer.processes()) take_up(process);
}

// A thread that is blocked in connect() makes the call again, and is met there.
void ConnectWatch::take_up(const std::shared_ptr<Process>& process) {
  std::set<int> blocking;
  for (const auto& [tid, blocked] : where_.waiting()) {
    if (blocked.syscall.name != "connect" || !is_thread_of(process->pid, tid)) continue;
    blocking.insert(static_cast<int>(std::strtol(blocked.syscall.args[0].c_str(), nullptr, 16)));
    if (blocked.lasted) connects_.take_up_blocked(tid, *blocked.lasted);
  }
  for (const auto& [fd, connect] : tcp_connects_by_descriptor(process->pid)) {
    if (!blocking.contains(fd)) connects_.take_up_pending(process, fd, connect.to, age_of(connect));
  }
}

}  // namespace ttrace
