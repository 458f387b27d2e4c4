// What is reported of a crash once its story has ended (CrashStory's second half): the signal, the
// handler, what that did, and what became of the core.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <csignal>
#include <set>

#include "analyzers/core_fate.h"
#include "analyzers/crash_story.h"
#include "analyzers/crash_wording.h"

namespace ttrace {
namespace {

using Kind = CrashStep::Kind;
using What = SignalAction::What;

bool is_core_signal(int signal) {
  static const std::set<int> kAll = {SIGQUIT, SIGILL,  SIGTRAP, SIGABRT, SIGBUS,
                                     SIGFPE,  SIGSEGV, SIGXCPU, SIGXFSZ, SIGSYS};
  return kAll.contains(signal);
}

bool is_handover(const CrashStep& step) {
  const auto& [name, args, result] = step.syscall;
  return name == "connect" && result && args.size() > 1 && args[1] == "\"/run/systemd/coredump\"";
}

// Somebody may kill a process while it dumps.
bool begins_core(const FatalSignal& last, int end) {
  return is_core_signal(end) || (end == SIGKILL && last.action == What::kDefault);
}

bool failed(const CrashStep& step) { return step.syscall.result && *step.syscall.result < 0; }

}  // namespace

bool CrashStory::died_of_it() const {
  return own_end_ && own_end_->signal && is_core_signal(*own_end_->signal);
}

// The kernel could not lay the handler's frame on the stack, and kills by the same signal, with a
// code of its own: force_sigsegv() in Linux 6.1 kernel/signal.c.
bool CrashStory::could_not_run() const {
  const auto last = last_signal_.find(event_.process.pid);
  return first_.action == What::kHandler && !handler_of_.contains(event_.process.pid) && own_end_ &&
         own_end_->signal == SIGSEGV && last != last_signal_.end() &&
         last->second.action == What::kDefault;
}

// A signal that a process sent, that the program was ready for, and that did it no harm.
bool CrashStory::is_ordinary() const {
  return left_ && !first_.injected && first_.sender != 0 && !died_of_it();
}

std::string CrashStory::outcome() const {
  if (first_.action == What::kDefault) return "default action";
  if (could_not_run()) return "it could not run, for want of a stack";
  if (recursed_) return "it crashed itself";
  if (died_of_it()) return raised_ ? "it raised the signal again" : "died once it had returned";
  if (left_) return jumped_ ? "it was left by a jump" : "it returned";
  if (!own_end_) return "it never ended";
  const bool hung = std::any_of(steps_.begin(), steps_.end(), [](const auto& step) {
    return step.second.kind == Kind::kBlocked;
  });
  if (hung) return "it hung";
  return own_end_->signal ? fmt::format("it was ended by {}", crash_signal_name(*own_end_->signal))
                          : "it exited";
}

CrashFacts CrashStory::facts() const {
  CrashFacts facts;
  facts.signal = crash_signal_name(first_.signal);
  facts.code = first_.code;
  facts.address = first_.address;
  facts.mapped = first_.mapped;
  facts.sender = first_.sender_text;
  facts.injected = first_.injected;
  facts.outcome = outcome();
  facts.handler = handler_;
  const auto known = setup_.actions.find(first_.signal);
  if (known != setup_.actions.end()) facts.handler_flags = known->second.action.flags;
  return facts;
}

Finding CrashStory::finding(const char* id, Level level) const {
  Finding finding;
  finding.id = id;
  finding.level = level;
  finding.first_at = event_.at;
  finding.process = event_.process;
  finding.crash = facts();
  return finding;
}

std::string CrashStory::hint() const {
  if (first_.injected) return "nothing: --crash asked for it";
  if (first_.sender != 0) return "whoever sent it knows why; the time line says what followed";
  if (first_.mapped.find("just below the stack") != std::string::npos) {
    return fmt::format(
        "the stack is full: recursion without end, or large local variables, for RLIMIT_STACK "
        "({}); "
        "a handler for this needs sigaltstack() and SA_ONSTACK",
        setup_.stack_limited_by.empty() ? "it was so when the run began" : setup_.stack_limited_by);
  }
  return "the stack shows the fault; the time line what followed";
}

void CrashStory::add_to(FindingList& out) const {
  Finding crash = finding("crash.signal", is_ordinary() ? Level::kNote : Level::kError);
  crash.count = times_;
  crash.stack = first_.stack;
  crash.message = fatal_text(first_);
  if (first_.action == What::kDefault) {
    crash.message += ": no handler, the default action";
  } else {
    const std::string by = handler_.empty() ? "its handler" : handler_ + "()";
    crash.message += fmt::format(": handled by {}: {}", by, outcome());
  }
  crash.hint = hint();
  crash.crash->registers = first_.registers;
  crash.crash->threads = first_.threads;
  crash.crash->steps = lines_;
  out.add(std::move(crash));
  add_handler(out);
  add_path(out);
  add_core(out);
}

void CrashStory::add_handler(FindingList& out) const {
  if (first_.action != What::kHandler) return;
  Finding handler = finding("crash.handler", Level::kNote);
  const auto known = setup_.actions.find(first_.signal);
  handler.message = fmt::format("{}{} handles {}", handler_, handler_.empty() ? "a function" : "()",
                                crash_signal_name(first_.signal));
  if (known != setup_.actions.end()) {
    const auto& action = known->second.action;
    handler.first_at = known->second.at;
    handler.syscall = action.syscall;
    handler.message += fmt::format(
        ", installed with {}",
        action.flags.empty() ? "no flags" : fmt::format("{}", fmt::join(action.flags, ", ")));
  }
  out.add(std::move(handler));
}

// What matters of the steps, in the order in which it was done; each kind of deed once.
std::vector<std::string> CrashStory::deeds() const {
  std::vector<std::string> deeds;
  const auto add = [&](const std::string& deed) {
    if (std::find(deeds.begin(), deeds.end(), deed) == deeds.end()) deeds.push_back(deed);
  };
  for (const auto& [pid, step] : steps_) {
    const std::string actor = pid == event_.process.pid ? "" : fmt::format("{} ", pid);
    const std::string& name = step.syscall.name;
    if (step.kind == Kind::kEntered || step.kind == Kind::kLost || failed(step)) continue;
    if (step.kind == Kind::kWrote) {
      add(fmt::format("{}wrote to {}", actor, step.detail));
    } else if (step.kind == Kind::kForked) {
      add(fmt::format("{}forked {}", actor, step.pid));
    } else if (step.kind == Kind::kReturned) {
      if (step.value == 0) add("the handler returned");
    } else if (step.kind == Kind::kJumped) {
      add("the handler was left by a jump");
    } else if (step.kind == Kind::kCalled) {
      const bool matters = name == "setrlimit" || name == "chdir" ||
                           (name == "prlimit64" && step.syscall.args.size() > 1) ||
                           (name == "prctl" && !step.syscall.args.empty() &&
                            step.syscall.args[0].starts_with("PR_SET"));
      if (matters)
        add(fmt::format("{}called {}({})", actor, name, fmt::join(step.syscall.args, ", ")));
    } else {
      add(actor + step_text(step, ""));
    }
  }
  return deeds;
}

void CrashStory::add_path(FindingList& out) const {
  if (first_.action != What::kHandler || is_ordinary()) return;
  Finding path = finding("crash.handler-path", Level::kWarning);
  const auto done = deeds();
  if (could_not_run()) {
    path.message = fmt::format("the handler for {} was never entered: its frame found no stack",
                               crash_signal_name(first_.signal));
    path.hint = "give it a stack of its own: sigaltstack(), and SA_ONSTACK in sigaction()";
    out.add(std::move(path));
    return;
  }
  path.message = fmt::format(
      "{} between {} and {}: {}", handler_.empty() ? "the handler" : handler_ + "()",
      crash_signal_name(first_.signal), own_end_ ? "the end" : "now",
      done.empty() ? "did nothing that shows" : fmt::format("{}", fmt::join(done, "; ")));
  if (recursed_) path.message += "; the handler crashed itself";
  if (!unsafe_.empty()) {
    path.message += fmt::format("; it called {}(), which is not async-signal-safe", unsafe_);
    path.hint =
        "see signal-safety(7): what the crash interrupted may hold the lock that this call "
        "waits for";
  }
  out.add(std::move(path));
}

// The core is that of whoever died of a signal that dumps one: the process itself, or the child
// that its handler forked to do so.
const CrashStory::Death* CrashStory::dumped() const {
  const Death* dead = nullptr;
  for (const Death& death : deaths_) {
    if (!death.fatal || !death.end.signal || !begins_core(*death.fatal, *death.end.signal))
      continue;
    if (!dead || death.end.core_dumped) dead = &death;
  }
  return dead;
}

void CrashStory::add_core_of_none(FindingList& out) const {
  if (left_ || !own_end_) return;
  Finding lost = finding("crash.core-lost", Level::kError);
  lost.message = fmt::format("no core was kept: the process {} after {}, and not of it",
                             own_end_->signal
                                 ? "was killed by " + crash_signal_name(*own_end_->signal)
                                 : fmt::format("exited with status {}", own_end_->code.value_or(0)),
                             crash_signal_name(first_.signal));
  lost.hint = "let the handler restore SIG_DFL and raise the signal again as its last act";
  out.add(std::move(lost));
}

CoreEvidence CrashStory::evidence(const Death& dead) const {
  CoreEvidence evidence;
  evidence.dumped = dead.end.core_dumped;
  evidence.killed = dead.end.signal == SIGKILL;
  evidence.size = dead.end.core_size;
  evidence.wanted = dead.end.core_wanted;
  evidence.dumpable = dead.setup.dumpable;
  evidence.undumpable_by = dead.setup.undumpable_by;
  evidence.by_privileges = dead.setup.by_privileges;
  evidence.limited_by = dead.setup.limited_by;
  evidence.pid = dead.process.pid;
  evidence.piped = piped_ ? &*piped_ : nullptr;
  for (const auto& [pid, step] : steps_) {
    if (piped_ && pid == piped_->pid && is_handover(step))
      evidence.handed_over = step.syscall.result;
  }
  return evidence;
}

void CrashStory::add_core(FindingList& out) const {
  const Death* const dead = dumped();
  if (!dead) return add_core_of_none(out);
  const CoreConditions& conditions = dead->fatal->core;
  const CoreFate fate = judge_core(conditions, evidence(*dead));
  Finding core = finding(fate.kept ? "crash.core-kept" : "crash.core-lost",
                         fate.kept ? Level::kNote : Level::kError);
  core.first_at = dead->at;
  core.process = dead->process;
  core.stack = dead->fatal->stack;
  core.message = fate.message;
  core.hint = fate.hint;
  CoreFacts facts;
  facts.kept = fate.kept;
  facts.pattern = conditions.pattern;
  facts.where = fate.where;
  facts.size = piped_ ? piped_->core_size : dead->end.core_size;
  facts.limit = conditions.limit;
  facts.filter = conditions.filter;
  if (piped_) facts.exit_code = piped_->code;
  core.crash->core = std::move(facts);
  // Those of the first signal stand there; a handler has let the others run on.
  if (first_.action == What::kHandler) core.crash->threads = dead->fatal->threads;
  out.add(std::move(core));
}

}  // namespace ttrace
