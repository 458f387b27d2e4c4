#include "tracer/session/crash_watch.h"

#include <sys/wait.h>

#include <algorithm>

#include "tracer/abi/signals.h"

namespace ttrace {
namespace {

constexpr unsigned kMostCrashes = 32;  // of one process that lives on: a virtual machine's

bool is_inner_init(const Process& process, const ProcStatus& status) {
  return status.inner_tgid == 1 && raw(process.pid) != 1;
}

}  // namespace

CrashWatch::CrashWatch(const RunOptions& options, EventSink& sink, StackWalker& walker)
    : sink_(sink),
      stacks_(walker, options.stack_depth),
      follower_(sink, stacks_, waits_),
      analyze_(std::find(options.analyzers.begin(), options.analyzers.end(), "crash") !=
               options.analyzers.end()),
      pattern_(options.core_pattern ? CorePattern{*options.core_pattern, true, options.init}
                                    : machine_pattern()),
      settings_(sink),
      injector_(options.crash_rules, sink) {}

std::vector<Interceptor*> CrashWatch::interceptors() {
  std::vector<Interceptor*> wanted;
  if (injector_.any()) wanted.push_back(&injector_);
  if (analyze_) wanted.push_back(&settings_);
  if (analyze_ && pattern_.simulated) wanted.push_back(&waits_);
  return wanted;
}

CrashWatch::Delivery CrashWatch::on_signal(Tracee& tracee, int signal) {
  if (signal == SIGCHLD && pattern_.simulated && tracee.process) tell_of_child(tracee);
  if (!tracee.process || (!injector_.any() && !(analyze_ && dumps_core(signal)))) {
    return Delivery::kGoOn;
  }
  const auto status = read_status(tracee.tid);
  auto info = get_siginfo(tracee.tid);
  if (!status || !info) return Delivery::kGoOn;
  const bool injected = injector_.any() && injector_.take(tracee, *info);
  if (!analyze_ || !dumps_core(signal)) return Delivery::kGoOn;
  const auto action = action_for(*status, signal);
  if (action == SignalAction::What::kIgnored) return Delivery::kGoOn;
  const bool handled = action == SignalAction::What::kHandler;
  if (!handled && is_inner_init(*tracee.process, *status)) {
    return on_init_signal(tracee, *info, injected);
  }
  if (handled && ++crashes_[tracee.process->pid] > kMostCrashes) return Delivery::kGoOn;
  Event event = fatal_event(tracee, *info, action, injected);
  return begin(tracee, signal, std::move(event), handled ? Delivery::kToHandler : Delivery::kGoOn);
}

void CrashWatch::tell_of_child(Tracee& tracee) {
  if (auto info = get_siginfo(tracee.tid)) waits_.amend(tracee, *info);
}

// PID 1 of a namespace ignores what it has no handler for, but for a fault of its own, which it
// does not survive; yet a traced one would survive that too, and fault for ever
// (force_sig_info_to_task() in Linux 6.1 kernel/signal.c). So it is let go, to fault once more.
CrashWatch::Delivery CrashWatch::on_init_signal(Tracee& tracee, const siginfo_t& info,
                                                bool injected) {
  const bool fault = info.si_code > 0 && info.si_code != SI_KERNEL;
  if (!fault && !injected) return Delivery::kGoOn;
  if (injected && info.si_signo != SIGSEGV) return Delivery::kGoOn;  // nothing could make it real
  sink_.emit(fatal_event(tracee, info, SignalAction::What::kDefault, injected));
  if (!injected) return Delivery::kUntraced;
  auto regs = get_regs(tracee.tid);
  if (!regs) return Delivery::kGoOn;
  regs->rip = 0;
  (void)set_regs(tracee.tid, *regs);
  return Delivery::kUntraced;
}

Event CrashWatch::fatal_event(Tracee& tracee, const siginfo_t& info, SignalAction::What action,
                              bool injected) {
  Process& process = *tracee.process;
  const auto story = stories_.try_emplace(process.pid, raw(process.pid)).first->second;
  FatalSignal fatal;
  fatal.story = story;
  fatal.signal = info.si_signo;
  fatal.action = action;
  describe_siginfo(fatal, process, info);
  fatal.injected = injected;
  if (injected) {
    fatal.sender = 0;
    fatal.sender_text.clear();
  }
  if (const auto regs = get_regs(tracee.tid)) {
    fatal.registers = registers_of(*regs);
    fatal.stack = stacks_.of(process, tracee.tid);
    follower_.begin(tracee.tid, story, regs->rsp);
  }
  const Dumpable dumpable = settings_.dumpable(process.pid);
  fatal.core = core_conditions(process, tracee.tid, info.si_signo, pattern_, dumpable);
  if (action == SignalAction::What::kDefault) {
    const CoreFile file = core_file(process.pid, tracee.tid, fatal.core, dumpable);
    places_.insert_or_assign(process.pid, CorePlace(file));
  }
  Event event = sink_.make(process, tracee.tid);
  event.what = std::move(fatal);
  return event;
}

void CrashWatch::on_new_process(const Tracee& maker, Process& child) {
  settings_.on_new_process(*maker.process, child);
  waits_.on_new_process(child.pid);
  injector_.on_new_process(*maker.process, child);
  if (const auto story = follower_.on_new_process(maker, child)) stories_[child.pid] = *story;
}

void CrashWatch::after_exec(Tracee& tracee) {
  if (injector_.any()) {
    injector_.after_exec(tracee);
    if (begin_ && tracer_ && injector_.on_tick(*tracer_)) begin_();
  }
  if (!analyze_) return;
  follower_.on_exec(tracee);
  settings_.after_exec(tracee);
  const auto reader = readers_.find(tracee.process->pid);
  if (reader != readers_.end()) follower_.begin_reader(tracee, reader->second.piped.story);
}

// The message of PTRACE_EVENT_EXIT is the status that the thread ends with. A signal that kills
// without having been seen at its delivery is one the kernel lets nobody intercept: a seccomp
// filter's.
void CrashWatch::on_thread_exit(Tracee& tracee, bool last) {
  if (!analyze_) return;
  const auto held = held_.find(tracee.process->pid);
  if (held != held_.end() && held->second.asked.erase(tracee.tid) > 0 &&
      held->second.asked.empty()) {
    release(tracee.process->pid);
  }
  const auto message = event_message(tracee.tid);
  const int status = message ? static_cast<int>(*message) : 0;
  follower_.on_thread_exit(tracee, status);
  if (!last || !WIFSIGNALED(status) || !dumps_core(WTERMSIG(status)) ||
      stories_.contains(tracee.process->pid)) {
    return;
  }
  siginfo_t info{};
  info.si_signo = WTERMSIG(status);
  info.si_code = SI_KERNEL;
  sink_.emit(fatal_event(tracee, info, SignalAction::What::kDefault, false));
  follower_.forget(tracee.tid);
}

void CrashWatch::on_process_gone(Process& process, int status) {
  if (readers_.contains(process.pid)) on_reader_gone(process, status);
  injector_.on_process_gone(process);
  const auto story = stories_.find(process.pid);
  crashes_.erase(process.pid);
  held_.erase(process.pid);
  if (story == stories_.end()) return;
  CrashEnd end;
  end.story = story->second;
  if (WIFEXITED(status)) end.code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) {
    end.signal = WTERMSIG(status);
    end.core_dumped = WCOREDUMP(status);
  }
  if (written_.erase(process.pid) > 0) end.core_dumped = true;
  const auto place = places_.find(process.pid);
  if (place != places_.end()) {
    place->second.look(end);
    places_.erase(place);
  }
  stories_.erase(story);
  Event event = sink_.make(process, process.pid);
  event.what = std::move(end);
  sink_.emit(event);
}

}  // namespace ttrace
