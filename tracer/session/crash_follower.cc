#include "tracer/session/crash_follower.h"

#include <sys/wait.h>

#include "tracer/abi/syscall_table.h"
#include "tracer/session/proc_status.h"
#include "tracer/session/waited.h"

namespace ttrace {
namespace {

using Kind = CrashStep::Kind;
constexpr unsigned kMostSteps = 1000;  // of one thread
constexpr unsigned kMostReaderSteps = 100000;
constexpr unsigned kStepsWithStack = 64;

// What a program that is given a core does about it: not how it is loaded, and how it reads.
bool matters_in_reader(const CrashStep& step) {
  const std::string& name = step.syscall.name;
  if (step.kind == Kind::kWrote) return name == "sendmsg";
  if (step.kind != Kind::kCalled) return step.kind == Kind::kExits || step.kind == Kind::kExecuted;
  if (name == "prctl") return step.syscall.args.at(0).starts_with("PR_SET_");
  return name == "connect" || name.starts_with("rename") || name.starts_with("unlink") ||
         name.starts_with("link") || name.starts_with("mkdir");
}

// How the thread has left a handler as it makes this call; nullopt: it has not. The frames that
// were left are taken away.
std::optional<Kind> way_out(std::vector<HandlerFrame>& frames, const std::string& call,
                            std::uint64_t stack_pointer) {
  if (is_signal_return(call)) {
    if (!frames.empty()) frames.pop_back();
    return Kind::kReturned;
  }
  std::optional<Kind> how;
  while (!frames.empty() && !frames.back().holds(stack_pointer)) {
    frames.pop_back();
    how = Kind::kJumped;
  }
  return how;
}

FollowedCall call_of(const SyscallInfo& info) {
  const Abi abi = info.arch == abi_info(Abi::kI386).audit_arch ? Abi::kI386 : Abi::kX86_64;
  const auto& args = info.entry.args;
  return {abi,
          syscall_name(abi, SyscallNr{static_cast<int>(info.entry.nr)}),
          {args[0], args[1], args[2], args[3], args[4], args[5]}};
}

}  // namespace

void CrashFollower::begin(Pid tid, int story, std::uint64_t sp) {
  Follow& follow = follows_[tid];
  follow.story = story;
  follow.interrupted_sp = sp;
}

void CrashFollower::begin_reader(Tracee& tracee, int story) {
  Follow& follow = follows_[tracee.tid];
  follow.story = story;
  follow.reader = true;
  tracee.followed = true;
}

void CrashFollower::on_handler_entry(Tracee& tracee) {
  const auto regs = get_regs(tracee.tid);
  const auto follow = follows_.find(tracee.tid);
  if (!regs || follow == follows_.end()) return;
  tracee.followed = true;
  const HandlerFrame frame = handler_frame(*tracee.process, *regs, follow->second.interrupted_sp);
  CrashStep step;
  step.kind = Kind::kEntered;
  step.value = static_cast<std::int64_t>(regs->rip);
  step.function = stacks_.function_at(*tracee.process, tracee.tid, regs->rip);
  step.detail = frame.stack_text();
  follow->second.frames.push_back(frame);
  emit(tracee, std::move(step), follow->second.story);
}

void CrashFollower::emit(const Tracee& tracee, CrashStep step, int story) {
  step.story = story;
  Event event = sink_.make(*tracee.process, tracee.tid);
  event.what = std::move(step);
  sink_.emit(event);
}

void CrashFollower::stop(Tracee& tracee) {
  tracee.followed = false;
  follows_.erase(tracee.tid);
}

void CrashFollower::on_syscall(Tracee& tracee, const SyscallInfo& info) {
  const auto follow = follows_.find(tracee.tid);
  if (follow == follows_.end()) {
    tracee.followed = false;
    return;
  }
  if (info.op == PTRACE_SYSCALL_INFO_ENTRY) on_entry(tracee, follow->second, info);
  if (info.op == PTRACE_SYSCALL_INFO_EXIT) on_exit(tracee, follow->second, info);
}

// True: this call is not to be told, because it returned from a handler, or no handler is left.
bool CrashFollower::has_left(Tracee& tracee, Follow& follow, const SyscallInfo& info) {
  if (follow.reader) return false;
  const auto how = way_out(follow.frames, follow.call.name, info.stack_pointer);
  if (!how) return false;
  CrashStep step;
  step.kind = *how;
  step.value = static_cast<std::int64_t>(follow.frames.size());
  emit(tracee, std::move(step), follow.story);
  if (!follow.frames.empty()) return *how == Kind::kReturned;
  stop(tracee);
  return true;
}

bool CrashFollower::is_too_much(Tracee& tracee, Follow& follow, CrashStep& step) {
  if (++follow.steps <= (follow.reader ? kMostReaderSteps : kMostSteps)) return false;
  step.kind = Kind::kLost;
  emit(tracee, std::move(step), follow.story);
  stop(tracee);
  return true;
}

void CrashFollower::on_entry(Tracee& tracee, Follow& follow, const SyscallInfo& info) {
  follow.call = call_of(info);
  follow.pending.reset();
  unfold_socketcall(tracee, follow.call);
  if (has_left(tracee, follow, info)) return;
  CrashStep step = step_at_entry(tracee, follow.call);
  if (step.kind == Kind::kAction && step.detail.empty()) {
    step.detail =
        stacks_.function_at(*tracee.process, tracee.tid, static_cast<std::uint64_t>(step.value));
  }
  if (follow.steps < kStepsWithStack && !follow.reader) step.libc = stacks_.libc_functions(tracee);
  if (is_too_much(tracee, follow, step)) return;
  if (follow.reader && step.kind != Kind::kCalled && !matters_in_reader(step)) return;
  if (is_told_at_entry(step)) {
    emit(tracee, std::move(step), follow.story);
  } else {
    follow.pending = std::move(step);
  }
}

void CrashFollower::on_exit(Tracee& tracee, Follow& follow, const SyscallInfo& info) {
  // Interrupted by a signal or by ttrace: it goes on, or this is where the thread ends.
  if (!follow.pending || is_restart(info.exit.rval)) return;
  CrashStep step = std::move(*follow.pending);
  follow.pending.reset();
  waits_.amend(tracee, follow.call, info.exit.rval);
  complete_step(step, tracee, follow.call, info.exit.rval);
  if (follow.reader && !matters_in_reader(step)) return;
  if (step.kind == Kind::kWaited) step.pid = outer_pid(follow.story, step.pid);
  // A child was told of as it was made.
  if (makes_process(follow.call.name) && info.exit.rval >= 0) return;
  emit(tracee, std::move(step), follow.story);
}

int CrashFollower::outer_pid(int story, int inner) const {
  const auto outer = outer_pids_.find({story, inner});
  return outer == outer_pids_.end() ? inner : outer->second;
}

// A child was told of as it was made, and its maker's own call is not told again.
std::optional<int> CrashFollower::on_new_process(const Tracee& maker, const Process& child) {
  const auto follow = follows_.find(maker.tid);
  if (!maker.followed || follow == follows_.end()) return std::nullopt;
  Follow copy = follow->second;
  copy.pending.reset();
  const int story = copy.story;
  if (const auto status = read_status(child.pid)) {
    outer_pids_[{story, status->inner_tgid}] = raw(child.pid);
  }
  if (!copy.reader) {
    CrashStep step;
    step.kind = Kind::kForked;
    step.pid = raw(child.pid);
    if (follow->second.pending) {
      step.syscall = follow->second.pending->syscall;
      step.libc = follow->second.pending->libc;
    }
    emit(maker, std::move(step), story);
  }
  follows_[child.pid] = std::move(copy);
  return story;
}

void CrashFollower::on_exec(const Tracee& tracee) {
  const auto follow = follows_.find(tracee.tid);
  if (follow == follows_.end()) return;
  const auto& pending = follow->second.pending;
  if (pending && pending->kind == Kind::kExecuted) emit(tracee, *pending, follow->second.story);
  follows_.erase(follow);
}

void CrashFollower::on_thread_exit(const Tracee& tracee, int status) {
  const auto follow = follows_.find(tracee.tid);
  if (follow == follows_.end()) return;
  if (follow->second.pending && WIFSIGNALED(status) && tracee.followed) {
    CrashStep step = std::move(*follow->second.pending);
    step.kind = Kind::kBlocked;
    emit(tracee, std::move(step), follow->second.story);
  }
  follows_.erase(follow);
}

}  // namespace ttrace
