#include "tracer/session/crash_injector.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "tracer/abi/signals.h"
#include "tracer/abi/syscall_table.h"
#include "tracer/engine/tracer.h"
#include "tracer/session/function_finder.h"
#include "tracer/session/proc_status.h"

namespace ttrace {
namespace {

using When = CrashRule::When;

// Both ABIs' system call instructions have this length: syscall, sysenter's int $0x80 beside it.
constexpr std::uint64_t kInstruction = 2;

std::string comm_of(Pid tid) {
  std::ifstream file(fmt::format("/proc/{}/comm", raw(tid)));
  std::string name;
  std::getline(file, name);
  return name;
}

// What the kernel would say of a fault at the place where the thread stands: sigaction(2).
void make_real(siginfo_t& info, const Registers& regs, const ProcStatus& status) {
  const int signal = info.si_signo;
  const int error = info.si_errno;
  info = {};
  info.si_signo = signal;
  info.si_errno = error;
  void* const here = reinterpret_cast<void*>(static_cast<std::uintptr_t>(regs.rip));
  switch (signal) {
    case SIGSEGV:
      info.si_code = SEGV_MAPERR;  // si_addr: null
      return;
    case SIGBUS:
      info.si_code = BUS_ADRERR;
      return;
    case SIGFPE:
      info.si_code = FPE_INTDIV;
      info.si_addr = here;
      return;
    case SIGILL:
      info.si_code = ILL_ILLOPN;
      info.si_addr = here;
      return;
    case SIGTRAP:
      info.si_code = SI_KERNEL;  // int3
      return;
    case SIGSYS:
      info.si_code = 1;  // SYS_SECCOMP
      info.si_call_addr = here;
      info.si_syscall = static_cast<int>(regs.orig_rax);
      info.si_arch = abi_info(abi_of(regs)).audit_arch;
      return;
    case SIGABRT:  // as raise() sends it
      info.si_code = SI_TKILL;
      info.si_pid = status.inner_tgid;
      info.si_uid = static_cast<uid_t>(status.real_uid);
      return;
    default:  // as from the terminal, or a limit
      info.si_code = SI_KERNEL;
      return;
  }
}

}  // namespace

CrashInjector::CrashInjector(const std::vector<CrashRule>& rules, EventSink& sink)
    : sink_(sink), finder_(std::make_unique<FunctionFinder>()) {
  for (const CrashRule& rule : rules) rules_.push_back({rule});
}

CrashInjector::~CrashInjector() = default;

void CrashInjector::subscribe(std::vector<Subscription>& to) {
  bool functions = false;
  for (const State& state : rules_) {
    functions |= state.rule.when == When::kFunction;
    if (state.rule.when != When::kSyscall) continue;
    for (const Abi abi : {Abi::kX86_64, Abi::kI386}) {
      if (syscall_number(abi, state.rule.name)) add(to, abi, state.rule.name.c_str());
    }
  }
  if (!functions) return;
  for (const Abi abi : {Abi::kX86_64, Abi::kI386}) {
    const Condition executable{2, Condition::Op::kMaskedEqual, PROT_EXEC, PROT_EXEC};
    add(to, abi, abi == Abi::kI386 ? "mmap2" : "mmap", {executable});
  }
}

bool CrashInjector::meant(const State& state, Pid tid) const {
  return !state.sent && (state.rule.thread.empty() || state.rule.thread == comm_of(tid));
}

Interceptor::Next CrashInjector::on_entry(SyscallStop& stop) {
  const std::string name = syscall_name(stop.abi, stop.nr);
  for (State& state : rules_) {
    if (state.rule.when != When::kSyscall || state.rule.name != name) continue;
    if (!meant(state, stop.tid()) || ++state.seen < state.rule.nth) continue;
    stop.skip(-EINTR);
    send(stop.tracee, state, static_cast<std::uint64_t>(raw(stop.nr)));
    return Next::kTaken;
  }
  const bool maps = name == "mmap" || name == "mmap2";
  return maps && (stop.args[2] & PROT_EXEC) != 0 ? Next::kStopAtExit : Next::kGoOn;
}

void CrashInjector::on_exit(SyscallStop& stop) { look_for_functions(stop.tracee); }

// A signal that is blocked would wait; a fault does not (force_sig_info in Linux kernel/signal.c).
void CrashInjector::send(Tracee& tracee, State& state, std::optional<std::uint64_t> call) {
  if (const auto mask = get_signal_mask(tracee.tid)) {
    const std::uint64_t bit = std::uint64_t{1} << (state.rule.signal - 1);
    if ((*mask & bit) != 0) (void)set_signal_mask(tracee.tid, *mask & ~bit);
  }
  state.sent = true;
  pending_[tracee.tid] = {&state, call};
  syscall(SYS_tgkill, raw(tracee.process->pid), raw(tracee.tid), state.rule.signal);
}

bool CrashInjector::on_tick(const Tracer& tracer) {
  bool waiting = false;
  for (State& state : rules_) {
    if (state.rule.when != When::kTime || state.sent) continue;
    const bool due = started_ && sink_.elapsed() - *started_ >= state.rule.after;
    if (!due || !send_by_name(tracer, state)) waiting = true;
  }
  return waiting;
}

bool CrashInjector::send_by_name(const Tracer& tracer, State& state) {
  for (const auto& [tid, tracee] : tracer.tracees()) {
    if (!tracee.process || tracee.ending) continue;
    const bool wanted =
        state.rule.thread.empty() ? tid == tracer.main_pid() : state.rule.thread == comm_of(tid);
    if (!wanted) continue;
    const auto status = read_status(tid);
    if (!status) continue;
    pending_[tid] = {&state, std::nullopt};
    state.sent = true;
    if (has_signal(status->blocked, state.rule.signal)) {
      state.sent = interrupt(tid) ? true : false;  // and sent once it has stopped
    } else {
      syscall(SYS_tgkill, raw(tracee.process->pid), raw(tid), state.rule.signal);
    }
    return state.sent;
  }
  return false;
}

void CrashInjector::on_interrupted(Tracee& tracee) {
  if (!tracee.process || rules_.empty()) return;
  arm(tracee);
  const auto pending = pending_.find(tracee.tid);
  if (pending == pending_.end()) return;
  const auto mask = get_signal_mask(tracee.tid);
  const int signal = pending->second.state->rule.signal;
  if (mask && has_signal(*mask, signal)) send(tracee, *pending->second.state, std::nullopt);
}

void CrashInjector::after_exec(Tracee& tracee) {
  if (!started_) started_ = sink_.elapsed();
  addresses_.erase(tracee.process->pid);
  look_for_functions(tracee);
}

void CrashInjector::on_new_process(const Process& parent, const Process& child) {
  const auto known = addresses_.find(parent.pid);
  if (known != addresses_.end()) addresses_[child.pid] = std::map(known->second);
}

void CrashInjector::look_for_functions(Tracee& tracee) {
  const Pid pid = tracee.process->pid;
  for (State& state : rules_) {
    if (state.rule.when != When::kFunction || state.sent) continue;
    auto& known = addresses_[pid];
    if (known.contains(&state)) continue;
    const auto address = finder_->find(tracee.tid, state.rule.name);
    if (!address) continue;
    state.found = true;
    known[&state] = *address;
  }
  arm(tracee);
}

void CrashInjector::arm(Tracee& tracee) {
  const auto known = addresses_.find(tracee.process->pid);
  if (known == addresses_.end()) return;
  for (const auto& [state, address] : known->second) {
    const auto has = [&, wanted = address](const ReturnProbe& probe) {
      return raw(probe.address) == wanted && !probe.awaited;
    };
    if (state->sent || std::any_of(tracee.probes.begin(), tracee.probes.end(), has)) continue;
    // From the other end than ReturnWatcher does, which may need several.
    const auto slot = std::find_if(tracee.probes.rbegin(), tracee.probes.rend(),
                                   [](const ReturnProbe& p) { return raw(p.address) == 0; });
    if (slot == tracee.probes.rend()) continue;
    const auto index = static_cast<std::size_t>(tracee.probes.rend() - slot - 1);
    if (set_debug_register(tracee.tid, index, address)) {
      *slot = {RemotePtr{address}, RemotePtr{0}, nullptr, 0};
    }
  }
  set_control(tracee);
}

void CrashInjector::set_control(const Tracee& tracee) {
  std::uint64_t control = 0;  // Intel SDM vol. 3, 18.2: as in shim/confirm.cc
  for (std::size_t i = 0; i < tracee.probes.size(); ++i) {
    if (raw(tracee.probes[i].address) != 0) control |= std::uint64_t{1} << (2 * i);
  }
  (void)set_debug_register(tracee.tid, 7, control);
}

bool CrashInjector::on_breakpoint(Tracee& tracee) {
  const auto known = addresses_.find(tracee.process->pid);
  if (known == addresses_.end()) return false;
  const auto info = get_siginfo(tracee.tid);
  const auto regs = get_regs(tracee.tid);
  if (!info || !regs || info->si_code != TRAP_HWBKPT) return false;
  for (const auto& [state, address] : known->second) {
    if (address != regs->rip) continue;
    if (meant(*state, tracee.tid) && ++state->seen >= state->rule.nth) {
      send(tracee, *state, std::nullopt);
    }
    if (state->sent) {
      for (ReturnProbe& probe : tracee.probes) {
        if (raw(probe.address) == address && !probe.awaited) probe = {};
      }
      set_control(tracee);
    }
    return true;
  }
  return false;
}

// To a target in another pid namespace ttrace has no number.
bool CrashInjector::take(Tracee& tracee, siginfo_t& info) {
  const auto pending = pending_.find(tracee.tid);
  if (pending == pending_.end() || info.si_signo != pending->second.state->rule.signal ||
      (info.si_pid != getpid() && info.si_pid != 0)) {
    return false;
  }
  const auto call = pending->second.call;
  pending_.erase(pending);
  auto regs = get_regs(tracee.tid);
  const auto status = read_status(tracee.tid);
  if (!regs || !status) return false;
  if (call) {
    regs->rip -= kInstruction;
    regs->rax = *call;
    regs->orig_rax = ~std::uint64_t{0};
    (void)set_regs(tracee.tid, *regs);
  }
  make_real(info, *regs, *status);
  if (call && info.si_signo == SIGSYS) info.si_syscall = static_cast<int>(*call);
  (void)set_siginfo(tracee.tid, info);
  return true;
}

std::vector<std::string> CrashInjector::unapplied() const {
  std::vector<std::string> notes;
  for (const State& state : rules_) {
    if (state.sent) continue;
    const CrashRule& rule = state.rule;
    std::string why;
    if (rule.when == When::kTime) {
      why = rule.thread.empty()
                ? "the command had ended by then"
                : fmt::format("no thread was called '{}' from then on", rule.thread);
    } else if (rule.when == When::kFunction && !state.found) {
      why = fmt::format(
          "no program or library of the run has a function '{}' in its symbol table (names are "
          "compared as `nm` prints them; a stripped program has few)",
          rule.name);
    } else {
      why = fmt::format("{} was called {} time{}{}", rule.name, state.seen,
                        state.seen == 1 ? "" : "s",
                        rule.thread.empty() ? "" : fmt::format(" by '{}'", rule.thread));
    }
    notes.push_back(fmt::format("--crash {} was never applied: {}", rule.text, why));
  }
  return notes;
}

}  // namespace ttrace
