#include "tracer/session/blocked_threads.h"

#include "analyzers/connect_wording.h"
#include "tracer/session/blocked_call.h"
#include "tracer/session/blocked_since.h"

namespace ttrace {
namespace {

constexpr std::chrono::nanoseconds kPatience = std::chrono::milliseconds(300);

}  // namespace

void BlockedThreads::ask(Tracer& tracer, ThreadBlocked::When when, const WantedBy& wanted_by) {
  asked_ = sink_.elapsed();
  for (const auto& [tid, tracee] : tracer.tracees()) {
    if (!tracee.process) continue;
    ThreadBlocked& blocked = waiting_[tid] = blocked_call(*tracee.process, tid);
    blocked.when = when;
    if (const auto to = wanted_by(tid)) {
      blocked.syscall.name = "connect";
      blocked.on = place_text(*to) + " to answer";
    }
    if (when == ThreadBlocked::When::kAttached && !blocked.lasted && !blocked.syscall.name.empty())
      blocked.lasted = time_since_it_ran(tid);
  }
  for (const auto& [tid, blocked] : waiting_) (void)tracer.ask(tid);
}

bool BlockedThreads::all_told(const Tracer& tracer) {
  if (sink_.elapsed() - asked_ > kPatience) tell_unstopped(tracer);
  return waiting_.empty();
}

// Some sleep where nothing but their event wakes them: they are told of without a stack.
void BlockedThreads::tell_unstopped(const Tracer& tracer) {
  for (auto& [tid, blocked] : waiting_) {
    const auto found = tracer.tracees().find(tid);
    if (found == tracer.tracees().end()) continue;
    Event event = sink_.make(*found->second.process, tid);
    event.what = std::move(blocked);
    sink_.emit(event);
  }
  waiting_.clear();
}

void BlockedThreads::on_interrupted(const Tracee& tracee) {
  const auto found = waiting_.find(tracee.tid);
  if (found == waiting_.end()) return;
  Event event = sink_.make(*tracee.process, tracee.tid);
  const auto regs = get_regs(tracee.tid);
  if (regs && stack_depth_ > 0) {
    const Pid pid = tracee.process->pid;
    found->second.stack =
        walker_.symbolize(pid, walker_.walk(pid, tracee.tid, unwind_state(*regs), stack_depth_));
  }
  event.what = std::move(found->second);
  waiting_.erase(found);
  sink_.emit(event);
}

}  // namespace ttrace
