#include "tracer/session/connect_watch.h"

#include <sys/wait.h>

#include <algorithm>

#include "analyzers/connect_wording.h"
#include "tracer/session/blocked_call.h"

namespace ttrace {
namespace {

constexpr std::chrono::nanoseconds kPatience = std::chrono::milliseconds(300);

}  // namespace

ConnectWatch::ConnectWatch(const RunOptions& options, EventSink& sink, StackWalker& walker,
                           std::function<void(const std::string&)> note)
    : options_(options),
      sink_(sink),
      walker_(walker),
      analyze_(std::find(options.analyzers.begin(), options.analyzers.end(), "connect") !=
               options.analyzers.end()),
      note_(note),
      faults_(options.connect_rules, note),
      connects_({sink, walker, options.stack_depth, options.slow, faults_, names_}),
      peers_(faults_),
      live_(options.verbosity < 0) {
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
  waiting_.erase(tracee.tid);
  if (!last) return;
  const auto status = event_message(tracee.tid);
  connects_.on_process_exit(*tracee.process, status && WIFSIGNALED(static_cast<int>(*status)));
}

bool ConnectWatch::on_tick() {
  connects_.on_tick();
  return connects_.busy();
}

bool ConnectWatch::ask_where(const Tracer& tracer) {
  if (!analyze_) return true;
  if (!asked_) {
    asked_ = sink_.elapsed();
    for (const auto& [tid, tracee] : tracer.tracees()) {
      if (!tracee.process) continue;
      ThreadBlocked& blocked = waiting_[tid] = blocked_call(*tracee.process, tid);
      if (const auto to = connects_.wanted_by(tid)) {
        blocked.syscall.name = "connect";
        blocked.on = place_text(*to) + " to answer";
      }
    }
    for (const auto& [tid, blocked] : waiting_) (void)interrupt(tid);
  }
  if (sink_.elapsed() - *asked_ > kPatience) tell_unstopped(tracer);
  return waiting_.empty();
}

// Some sleep where nothing but their event wakes them: they are told of without a stack.
void ConnectWatch::tell_unstopped(const Tracer& tracer) {
  for (auto& [tid, blocked] : waiting_) {
    const auto found = tracer.tracees().find(tid);
    if (found == tracer.tracees().end()) continue;
    Event event = sink_.make(*found->second.process, tid);
    event.what = std::move(blocked);
    sink_.emit(event);
  }
  waiting_.clear();
}

void ConnectWatch::on_interrupted(const Tracee& tracee) {
  const auto found = waiting_.find(tracee.tid);
  if (found == waiting_.end()) return;
  Event event = sink_.make(*tracee.process, tracee.tid);
  const auto regs = get_regs(tracee.tid);
  if (regs && options_.stack_depth > 0) {
    const Pid pid = tracee.process->pid;
    found->second.stack = walker_.symbolize(
        pid, walker_.walk(pid, tracee.tid, unwind_state(*regs), options_.stack_depth));
  }
  event.what = std::move(found->second);
  waiting_.erase(found);
  sink_.emit(event);
}

}  // namespace ttrace
