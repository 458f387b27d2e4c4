#include "analyzers/crash_story.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include "analyzers/crash_wording.h"
#include "analyzers/signal_safety.h"

namespace ttrace {
namespace {

using Kind = CrashStep::Kind;
using What = SignalAction::What;

std::string who(const ProcessRef& process) {
  return fmt::format("{}[{}]", process.comm, process.pid);
}

std::string seconds_text(std::chrono::nanoseconds at) {
  return fmt::format("{:.3f} s", std::chrono::duration<double>(at).count());
}

bool is_core_signal(int signal) {
  static const std::set<int> kAll = {SIGQUIT, SIGILL,  SIGTRAP, SIGABRT, SIGBUS,
                                     SIGFPE,  SIGSEGV, SIGXCPU, SIGXFSZ, SIGSYS};
  return kAll.contains(signal);
}

std::string limit_text(std::uint64_t value) {
  return value == CoreConditions::kUnlimited ? "unlimited" : std::to_string(value);
}

bool failed(const CrashStep& step) { return step.syscall.result && *step.syscall.result < 0; }

}  // namespace

void CrashSetup::on_action(const Event& event, const SignalAction& action) {
  if (action.what == What::kHandler) {
    actions[action.signal] = {event.at, event.process, action};
  } else {
    actions.erase(action.signal);
  }
}

void CrashSetup::on_setting(const Event& event, const CoreSetting& setting) {
  using Setting = CoreSetting::What;
  const std::string place = fmt::format("{} at {}", who(event.process), seconds_text(event.at));
  switch (setting.what) {
    case Setting::kCoreLimit:
      limited_by = fmt::format("{} set it to {} by {}()", place, limit_text(setting.value),
                               setting.syscall.name);
      break;
    case Setting::kDumpable:
      dumpable = setting.value == 1;
      by_privileges = false;
      undumpable_by = fmt::format("{} called prctl(PR_SET_DUMPABLE, 0)", place);
      break;
    case Setting::kCredentials:
      dumpable = false;
      by_privileges = true;
      undumpable_by = setting.syscall.name == "execve"
                          ? fmt::format("it runs {} ({})", setting.syscall.args.at(0),
                                        setting.syscall.args.at(1))
                          : fmt::format("{} changed its ids by {}({})", place, setting.syscall.name,
                                        fmt::join(setting.syscall.args, ", "));
      break;
    case Setting::kStackLimit:
    case Setting::kOther:
      break;
  }
}

void CrashSetup::on_exec() {
  actions.clear();
  dumpable = true;
  by_privileges = false;
  undumpable_by.clear();
}

CrashStory::CrashStory(const Event& event, const FatalSignal& fatal, CrashSetup setup)
    : event_(event), first_(fatal), setup_(std::move(setup)) {
  const auto known = setup_.actions.find(fatal.signal);
  if (known != setup_.actions.end() && fatal.action == What::kHandler) {
    const auto& action = known->second;
    lines_.push_back({action.at, action.process.pid, "install",
                      fmt::format("{} installs a handler for {}{}", who(action.process),
                                  crash_signal_name(fatal.signal),
                                  action.action.flags.empty()
                                      ? ""
                                      : fmt::format(" ({})", fmt::join(action.action.flags, ", "))),
                      action.action.syscall});
  }
  add_line(event, "signal", fatal_text(fatal));
  last_signal_[event.process.pid] = fatal;
}

void CrashStory::add_line(const Event& event, const std::string& kind, const std::string& text,
                          const std::optional<SyscallText>& syscall) {
  const int pid = event.process.pid;
  const std::string prefix = pid == event_.process.pid ? "" : fmt::format("{} ", pid);
  lines_.push_back({event.at, pid, kind, prefix + text, syscall});
}

void CrashStory::on_signal(const Event& event, const FatalSignal& fatal) {
  const bool own = event.process.pid == event_.process.pid;
  if (own && in_handler_ && fatal.sender == 0) recursed_ = true;
  if (own && !in_handler_) ++times_;
  last_signal_[event.process.pid] = fatal;
  add_line(event, "signal",
           fatal_text(fatal) + (fatal.action == What::kDefault ? ": default action" : ""));
}

void CrashStory::on_step(const Event& event, const CrashStep& step) {
  const int pid = event.process.pid;
  const bool own = pid == event_.process.pid;
  if (step.kind == Kind::kEntered) {
    handler_of_[pid] = step.function;
    if (handler_.empty()) handler_ = step.function;
    if (own) in_handler_ = true;
    if (own) left_ = false;
  }
  if (step.kind == Kind::kForked) handler_of_[step.pid] = handler_of_[pid];
  if (own && step.value == 0 && (step.kind == Kind::kReturned || step.kind == Kind::kJumped)) {
    left_ = true;
    in_handler_ = false;
    jumped_ = step.kind == Kind::kJumped;
  }
  std::string text = step_text(step, handler_of_[pid]);
  if (step.kind == Kind::kRaised && step.signal == first_.signal && step.pid == 0) {
    text += " again";
    raised_ = true;
  }
  const std::string unsafe = unsafe_call(step.libc);
  if (!unsafe.empty()) {
    text += fmt::format("; called by {}(), which no handler may call", unsafe);
    if (unsafe_.empty()) unsafe_ = unsafe;
  }
  steps_.emplace_back(pid, step);
  add_line(event, step_kind(step), text,
           step.syscall.name.empty() ? std::nullopt : std::optional(step.syscall));
}

void CrashStory::on_end(const Event& event, const CrashEnd& end, const CrashSetup& setup) {
  const auto said = std::find_if(lines_.rbegin(), lines_.rend(), [&](const StoryStep& line) {
    return line.pid == event.process.pid;
  });
  const bool exited = said != lines_.rend() && said->kind == "exit" && !end.signal;
  if (!exited) add_line(event, "end", end_text(end));
  if (event.process.pid == event_.process.pid) own_end_ = end;
  Death death{event.process, end, std::nullopt, setup, event.at};
  const auto signal = last_signal_.find(event.process.pid);
  if (signal != last_signal_.end()) death.fatal = signal->second;
  deaths_.push_back(std::move(death));
}

void CrashStory::on_piped(const Event& event, const CorePiped& piped) {
  piped_ = piped;
  add_line(event, "pipe",
           fmt::format(
               "the core ({}) was given to {}, which {}", size_text(piped.core_size), piped.command,
               piped.signal ? "was killed by " + crash_signal_name(*piped.signal)
                            : fmt::format("ended with status {}", piped.code.value_or(-1))));
}

bool CrashStory::died_of_it() const {
  return own_end_ && own_end_->signal && is_core_signal(*own_end_->signal);
}

// A signal that a process sent, that the program was ready for, and that did it no harm.
bool CrashStory::is_ordinary() const {
  return left_ && !first_.injected && first_.sender != 0 && !died_of_it();
}

std::string CrashStory::outcome() const {
  if (first_.action == What::kDefault) return "default action";
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
  crash.hint = first_.injected      ? "nothing: --crash asked for it"
               : first_.sender != 0 ? "whoever sent it knows why; the time line says what followed"
                                    : "the stack shows the fault; the time line what followed";
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
void CrashStory::add_core(FindingList& out) const {
  const Death* dead = nullptr;
  for (const Death& death : deaths_) {
    if (!death.end.signal || !is_core_signal(*death.end.signal) || !death.fatal) continue;
    if (!dead || death.end.core_dumped) dead = &death;
  }
  if (!dead) {
    if (left_ || !own_end_) return;
    Finding lost = finding("crash.core-lost", Level::kError);
    lost.message = fmt::format(
        "no core was kept: the process {} after {}, and not of it",
        own_end_->signal ? "was killed by " + crash_signal_name(*own_end_->signal)
                         : fmt::format("exited with status {}", own_end_->code.value_or(0)),
        crash_signal_name(first_.signal));
    lost.hint = "let the handler restore SIG_DFL and raise the signal again as its last act";
    out.add(std::move(lost));
    return;
  }
  CoreEvidence evidence;
  evidence.dumped = dead->end.core_dumped;
  evidence.size = dead->end.core_size;
  evidence.wanted = dead->end.core_wanted;
  evidence.dumpable = dead->setup.dumpable;
  evidence.undumpable_by = dead->setup.undumpable_by;
  evidence.by_privileges = dead->setup.by_privileges;
  evidence.limited_by = dead->setup.limited_by;
  evidence.pid = dead->process.pid;
  evidence.piped = piped_ ? &*piped_ : nullptr;
  const CoreFate fate = judge_core(dead->fatal->core, evidence);
  Finding core = finding(fate.kept ? "crash.core-kept" : "crash.core-lost",
                         fate.kept ? Level::kNote : Level::kError);
  core.first_at = dead->at;
  core.process = dead->process;
  core.message = fate.message;
  core.hint = fate.hint;
  CoreFacts facts;
  facts.kept = fate.kept;
  facts.pattern = dead->fatal->core.pattern;
  facts.where = fate.where;
  facts.size = piped_ ? piped_->core_size : dead->end.core_size;
  facts.limit = dead->fatal->core.limit;
  facts.filter = dead->fatal->core.filter;
  if (piped_) facts.exit_code = piped_->code;
  core.crash->core = std::move(facts);
  out.add(std::move(core));
}

}  // namespace ttrace
