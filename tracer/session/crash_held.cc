// A process that crashed is held at its signal until its other threads have said where they stand
// (CrashWatch's half of it): their stacks belong to the story, their registers to a core of ours.
#include <fmt/format.h>

#include "tracer/base/first_line.h"
#include "tracer/session/crash_watch.h"

namespace ttrace {
namespace {

constexpr std::chrono::milliseconds kPatience{300};

std::string thread_name(Pid tid) { return first_line(fmt::format("/proc/{}/comm", raw(tid))); }

}  // namespace

CrashWatch::Delivery CrashWatch::begin(Tracee& tracee, int signal, Event event, Delivery how) {
  const Pid pid = tracee.process->pid;
  const auto held = held_.find(pid);
  if (held != held_.end()) {  // a second thread crashes while the first is waited for
    held->second.asked.erase(tracee.tid);
    sink_.emit(event);
    held->second.waiting.push_back({tracee.tid, signal, how});
    return Delivery::kHold;
  }
  const bool dumps = wants_core(event);
  Held asking{std::move(event), {{tracee.tid, signal, how}}, {}, {}, sink_.elapsed()};
  if (dumps) asking.registers.push_back(read_registers(tracee.tid));
  const bool asked = (dumps || crashes_[pid] <= 1) && ask_threads(tracee, asking);
  if (dumps && !asked) {
    held_.emplace(pid, std::move(asking));
    release(pid);
    return Delivery::kHold;
  }
  if (!asked) {
    sink_.emit(asking.event);
    return how;
  }
  held_.emplace(pid, std::move(asking));
  if (begin_) begin_();
  return Delivery::kHold;
}

bool CrashWatch::ask_threads(Tracee& tracee, Held& held) {
  if (!tracer_ || tracee.process->threads < 2 || !stacks_.wanted()) return false;
  for (const auto& [tid, other] : tracer_->tracees()) {
    if (other.process != tracee.process || tid == tracee.tid || other.ending) continue;
    if (tracer_->ask(tid)) held.asked.insert(tid);
  }
  return !held.asked.empty();
}

void CrashWatch::on_interrupted(Tracee& tracee) {
  if (!tracee.process) return;
  injector_.on_interrupted(tracee);
  const auto held = held_.find(tracee.process->pid);
  if (held == held_.end() || held->second.asked.erase(tracee.tid) == 0) return;
  if (wants_core(held->second.event)) {
    held->second.registers.push_back(read_registers(tracee.tid));
  }
  std::get<FatalSignal>(held->second.event.what)
      .threads.push_back(
          {raw(tracee.tid), thread_name(tracee.tid), stacks_.of(*tracee.process, tracee.tid)});
  if (held->second.asked.empty()) release(tracee.process->pid);
}

// Some threads sleep where nothing but their event wakes them: the crash goes on without them.
bool CrashWatch::on_tick() {
  std::vector<Pid> late;
  for (const auto& [pid, held] : held_) {
    if (sink_.elapsed() - held.since > kPatience) late.push_back(pid);
  }
  for (const Pid pid : late) release(pid);
  const bool due = injector_.any() && tracer_ && injector_.on_tick(*tracer_);
  return due || !held_.empty();
}

void CrashWatch::release(Pid pid) {
  auto held = held_.extract(pid);
  if (!held) return;
  sink_.emit(held.mapped().event);
  if (wants_core(held.mapped().event) && play_kernel(held.mapped())) return;
  let_die(held.mapped());
}

}  // namespace ttrace
