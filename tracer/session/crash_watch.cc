#include "tracer/session/crash_watch.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <fstream>

#include "tracer/abi/signals.h"
#include "tracer/engine/remote_memory.h"
#include "tracer/stacks/proc_maps.h"

namespace ttrace {
namespace {

using Kind = CrashStep::Kind;
constexpr unsigned kMostCrashes = 32;  // of one process that lives on: a virtual machine's
constexpr unsigned kMostSteps = 1000;  // of one thread
constexpr unsigned kMostReaderSteps = 100000;
constexpr unsigned kStepsWithStack = 64;
constexpr std::size_t kHandlerDepth = 24;
constexpr std::chrono::milliseconds kPatience{300};

bool is_inner_init(const Process& process, const ProcStatus& status) {
  return status.inner_tgid == 1 && raw(process.pid) != 1;
}

std::string thread_name(Pid tid) {
  std::ifstream file(fmt::format("/proc/{}/comm", raw(tid)));
  std::string name;
  std::getline(file, name);
  return name;
}

// What a program that is given a core does about it: not how it is loaded, and how it reads.
bool matters_in_reader(const CrashStep& step) {
  const std::string& name = step.syscall.name;
  if (step.kind != Kind::kCalled) return step.kind == Kind::kExits || step.kind == Kind::kExecuted;
  if (name == "prctl") return step.syscall.args.at(0).starts_with("PR_SET_");
  return name == "connect" || name == "sendmsg" || name.starts_with("rename") ||
         name.starts_with("unlink") || name.starts_with("mkdir");
}

bool has_no_libraries(Pid pid) {
  const auto maps = stacks::read_maps(pid);
  return maps && maps->find(".so") == std::string::npos;
}

std::string function_text(const Frame& frame) {
  if (frame.function) return *frame.function;
  if (frame.module.empty() || !frame.offset) return fmt::format("{:#x}", frame.ip);
  return fmt::format("{}+{:#x}", frame.module.substr(frame.module.rfind('/') + 1), *frame.offset);
}

}  // namespace

CrashWatch::CrashWatch(const RunOptions& options, EventSink& sink, StackWalker& walker)
    : options_(options),
      sink_(sink),
      walker_(walker),
      analyze_(std::find(options.analyzers.begin(), options.analyzers.end(), "crash") !=
               options.analyzers.end()),
      pattern_(options.core_pattern ? CorePattern{*options.core_pattern, true} : machine_pattern()),
      settings_(sink),
      injector_(options.crash_rules, sink) {}

std::vector<Interceptor*> CrashWatch::interceptors() {
  std::vector<Interceptor*> wanted;
  if (injector_.any()) wanted.push_back(&injector_);
  if (analyze_) wanted.push_back(&settings_);
  return wanted;
}

CrashWatch::Delivery CrashWatch::on_signal(Tracee& tracee, int signal) {
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
    fatal.stack = stack_of(process, tracee.tid, options_.stack_depth);
    Follow& follow = follows_[tracee.tid];
    follow.story = story;
    follow.interrupted_sp = regs->rsp;
  }
  fatal.core = core_conditions(process, tracee.tid, info.si_signo, pattern_);
  if (action == SignalAction::What::kDefault) {
    places_.insert_or_assign(process.pid, CorePlace(process.pid, fatal.core));
  }
  Event event = sink_.make(process, tracee.tid);
  event.what = std::move(fatal);
  return event;
}

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
  if (!tracer_ || tracee.process->threads < 2 || options_.stack_depth == 0) return false;
  for (const auto& [tid, other] : tracer_->tracees()) {
    if (other.process != tracee.process || tid == tracee.tid || other.ending) continue;
    if (interrupt(tid)) held.asked.insert(tid);
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
      .threads.push_back({raw(tracee.tid), thread_name(tracee.tid),
                          stack_of(*tracee.process, tracee.tid, options_.stack_depth)});
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

Stack CrashWatch::stack_of(const Process& process, Pid tid, std::size_t depth) const {
  const auto regs = depth > 0 ? get_regs(tid) : Error{"none", tid, 0};
  if (!regs) return {};
  return walker_.symbolize(process.pid, walker_.walk(process.pid, tid, unwind_state(*regs), depth));
}

std::string CrashWatch::function_at(const Process& process, Pid tid, std::uint64_t ip) const {
  (void)stack_of(process, tid, 1);  // so that the walker knows the process
  const Stack named = walker_.symbolize(process.pid, {{RemotePtr{ip}, true, std::nullopt}});
  return named.empty() ? "" : function_text(named.back());
}

// Innermost first, up to where the signal came.
std::vector<std::string> CrashWatch::libc_functions(const Tracee& tracee) const {
  const auto regs = get_regs(tracee.tid);
  if (!regs || options_.stack_depth == 0) return {};
  const Pid pid = tracee.process->pid;
  std::vector<std::string> names;
  bool first = true;
  const bool is_static = has_no_libraries(pid);  // then its libc is in the program itself
  for (const RawFrame& frame : walker_.walk(pid, tracee.tid, unwind_state(*regs), kHandlerDepth)) {
    if (frame.activation && !first) break;
    first = false;
    if (!is_static && !walker_.is_libc(pid, frame.ip)) continue;
    for (const Frame& named : walker_.symbolize(pid, {frame})) {
      if (named.function) names.push_back(*named.function);
    }
  }
  return names;
}

// The kernel left on the stack what it would restore, with the alternate stack's place: struct
// rt_sigframe and ucontext in arch/x86/include/asm/sigframe.h.
CrashWatch::HandlerFrame CrashWatch::frame_at(const Process& process, const user_regs_struct& regs,
                                              std::uint64_t interrupted_sp) const {
  HandlerFrame frame;
  frame.sp = regs.rsp;
  const bool narrow = abi_of(regs) == Abi::kI386;
  std::uint64_t context = regs.rsp + 8;
  if (narrow) {
    const auto words = read_object<std::array<std::uint32_t, 4>>(process.pid, RemotePtr{regs.rsp});
    // Without SA_SIGINFO an older frame, which has no such place.
    context = words && (*words)[3] == regs.rsp + 144 ? (*words)[3] : 0;
  }
  std::uint64_t low = 0, size = 0;
  if (context != 0) {
    const unsigned word = narrow ? 4 : 8;
    const RemotePtr stack{context + 2 * word};
    (void)read_memory(process.pid, stack, &low, word);
    (void)read_memory(process.pid, stack + 2 * word, &size, word);
  } else if (interrupted_sp < regs.rsp || interrupted_sp - regs.rsp > 65536) {
    low = regs.rsp & ~std::uint64_t{4095};
    size = 8192;
  }
  if (regs.rsp >= low && regs.rsp < low + size) {
    frame.alt_low = low;
    frame.alt_high = low + size;
  }
  return frame;
}

void CrashWatch::on_handler_entry(Tracee& tracee) {
  const auto regs = get_regs(tracee.tid);
  const auto follow = follows_.find(tracee.tid);
  if (!regs || follow == follows_.end()) return;
  tracee.followed = true;
  HandlerFrame frame = frame_at(*tracee.process, *regs, follow->second.interrupted_sp);
  CrashStep step;
  step.kind = Kind::kEntered;
  step.value = static_cast<std::int64_t>(regs->rip);
  step.function = function_at(*tracee.process, tracee.tid, regs->rip);
  step.detail = frame.alt_low != frame.alt_high ? "an alternate stack" : "the thread's own stack";
  follow->second.frames.push_back(frame);
  emit(tracee, std::move(step), follow->second.story);
}

void CrashWatch::emit(const Tracee& tracee, CrashStep step, int story) {
  step.story = story;
  Event event = sink_.make(*tracee.process, tracee.tid);
  event.what = std::move(step);
  sink_.emit(event);
}

void CrashWatch::stop_following(Tracee& tracee) {
  tracee.followed = false;
  follows_.erase(tracee.tid);
}

void CrashWatch::on_followed(Tracee& tracee, const SyscallInfo& info) {
  const auto follow = follows_.find(tracee.tid);
  if (follow == follows_.end()) {
    tracee.followed = false;
    return;
  }
  if (info.op == PTRACE_SYSCALL_INFO_ENTRY) on_call_entry(tracee, follow->second, info);
  if (info.op == PTRACE_SYSCALL_INFO_EXIT) on_call_exit(tracee, follow->second, info);
}

// True: the handler was left, by returning or by a jump, and so was the last one around it.
bool CrashWatch::has_left(Tracee& tracee, Follow& follow, const SyscallInfo& info) {
  if (follow.reader) return false;
  auto& frames = follow.frames;
  std::optional<Kind> how;
  if (is_signal_return(follow.call.name)) {
    how = Kind::kReturned;
    if (!frames.empty()) frames.pop_back();
  } else {
    const auto is_in = [&](const HandlerFrame& frame) {
      if (frame.alt_low == frame.alt_high) return info.stack_pointer <= frame.sp;
      return info.stack_pointer >= frame.alt_low && info.stack_pointer < frame.alt_high;
    };
    while (!frames.empty() && !is_in(frames.back())) {
      frames.pop_back();
      how = Kind::kJumped;
    }
  }
  if (!how) return false;
  CrashStep step;
  step.kind = *how;
  step.value = static_cast<std::int64_t>(frames.size());
  emit(tracee, std::move(step), follow.story);
  if (!frames.empty()) return *how == Kind::kReturned;
  stop_following(tracee);
  return true;
}

void CrashWatch::on_call_entry(Tracee& tracee, Follow& follow, const SyscallInfo& info) {
  const Abi abi = info.arch == abi_info(Abi::kI386).audit_arch ? Abi::kI386 : Abi::kX86_64;
  const auto& args = info.entry.args;
  follow.call = {abi,
                 syscall_name(abi, SyscallNr{static_cast<int>(info.entry.nr)}),
                 {args[0], args[1], args[2], args[3], args[4], args[5]}};
  follow.pending.reset();
  unfold_socketcall(tracee, follow.call);
  if (has_left(tracee, follow, info)) return;
  CrashStep step = step_at_entry(tracee, follow.call);
  if (step.kind == Kind::kAction && step.detail.empty()) {
    step.detail = function_at(*tracee.process, tracee.tid, static_cast<std::uint64_t>(step.value));
  }
  if (++follow.steps <= kStepsWithStack && !follow.reader) step.libc = libc_functions(tracee);
  if (follow.steps > (follow.reader ? kMostReaderSteps : kMostSteps)) {
    step.kind = Kind::kLost;
    emit(tracee, std::move(step), follow.story);
    return stop_following(tracee);
  }
  if (follow.reader && step.kind != Kind::kCalled && !matters_in_reader(step)) return;
  if (is_told_at_entry(step)) {
    emit(tracee, std::move(step), follow.story);
  } else {
    follow.pending = std::move(step);
  }
}

void CrashWatch::on_call_exit(Tracee& tracee, Follow& follow, const SyscallInfo& info) {
  // Interrupted by a signal or by ttrace: it goes on, or this is where the thread ends.
  if (!follow.pending || is_restart(info.exit.rval)) return;
  CrashStep step = std::move(*follow.pending);
  follow.pending.reset();
  complete_step(step, tracee, follow.call, info.exit.rval);
  if (follow.reader && !matters_in_reader(step)) return;
  const auto outer = outer_pids_.find({follow.story, step.pid});
  if (step.kind == Kind::kWaited && outer != outer_pids_.end()) step.pid = outer->second;
  // A child was told of as it was made.
  if (makes_process(follow.call.name) && info.exit.rval >= 0) return;
  emit(tracee, std::move(step), follow.story);
}

void CrashWatch::on_new_process(const Tracee& maker, Process& child) {
  settings_.on_new_process(*maker.process, child);
  injector_.on_new_process(*maker.process, child);
  const auto follow = follows_.find(maker.tid);
  if (!maker.followed || follow == follows_.end()) return;
  Follow copy = follow->second;
  copy.pending.reset();
  stories_[child.pid] = copy.story;
  if (const auto status = read_status(child.pid)) {
    outer_pids_[{copy.story, status->inner_tgid}] = raw(child.pid);
  }
  if (copy.reader) {
    follows_[child.pid] = std::move(copy);
    return;
  }
  CrashStep step;
  step.kind = Kind::kForked;
  step.pid = raw(child.pid);
  if (follow->second.pending) {
    step.syscall = follow->second.pending->syscall;
    step.libc = follow->second.pending->libc;
  }
  emit(maker, std::move(step), copy.story);
  follows_[child.pid] = std::move(copy);
}

void CrashWatch::after_exec(Tracee& tracee) {
  if (injector_.any()) {
    injector_.after_exec(tracee);
    if (begin_ && tracer_ && injector_.on_tick(*tracer_)) begin_();
  }
  if (!analyze_) return;
  const auto follow = follows_.find(tracee.tid);
  if (follow != follows_.end()) {
    if (follow->second.pending && follow->second.pending->kind == Kind::kExecuted) {
      emit(tracee, *follow->second.pending, follow->second.story);
    }
    follows_.erase(follow);
  }
  settings_.after_exec(tracee);
  const auto reader = readers_.find(tracee.process->pid);
  if (reader == readers_.end()) return;
  Follow& reading = follows_[tracee.tid];
  reading.story = reader->second.piped.story;
  reading.reader = true;
  tracee.followed = true;
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
  const auto follow = follows_.find(tracee.tid);
  if (follow != follows_.end()) {
    if (follow->second.pending && WIFSIGNALED(status) && tracee.followed) {
      CrashStep step = std::move(*follow->second.pending);
      step.kind = Kind::kBlocked;
      emit(tracee, std::move(step), follow->second.story);
    }
    follows_.erase(follow);
  }
  if (!last || !WIFSIGNALED(status) || !dumps_core(WTERMSIG(status)) ||
      stories_.contains(tracee.process->pid)) {
    return;
  }
  siginfo_t info{};
  info.si_signo = WTERMSIG(status);
  info.si_code = SI_KERNEL;
  sink_.emit(fatal_event(tracee, info, SignalAction::What::kDefault, false));
  follows_.erase(tracee.tid);
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
