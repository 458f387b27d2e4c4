#include "tracer/preload/crashes.h"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <csignal>
#include <cstring>
#include <ctime>
#include <filesystem>

#include "tracer/abi/signals.h"
#include "tracer/intercept/setting_text.h"
#include "tracer/preload/core_facts.h"
#include "tracer/session/crash_facts.h"
#include "tracer/session/descriptor_text.h"

namespace ttrace::preload {
namespace {

/// The kernel made the signal, for a fault: then it has an address (sigaction(2)).
bool has_address(int signal, int code) {
  const bool fault = signal == SIGSEGV || signal == SIGBUS || signal == SIGILL ||
                     signal == SIGFPE || signal == SIGTRAP;
  return fault && code > 0 && code != SI_KERNEL;
}

std::vector<std::pair<std::string, std::uint64_t>> registers_of(const FatalRecord& record) {
  const auto& r = record.stack.registers;
  if (record.record.abi == 32) {
    return {{"eip", r[8]}, {"esp", r[4]}, {"ebp", r[5]}, {"eax", r[0]}, {"ebx", r[3]},
            {"ecx", r[1]}, {"edx", r[2]}, {"esi", r[6]}, {"edi", r[7]}, {"eflags", record.eflags}};
  }
  return {{"rip", r[16]}, {"rsp", r[7]},  {"rbp", r[6]},
          {"rax", r[0]},  {"rbx", r[3]},  {"rcx", r[2]},
          {"rdx", r[1]},  {"rsi", r[4]},  {"rdi", r[5]},
          {"r8", r[8]},   {"r9", r[9]},   {"r10", r[10]},
          {"r11", r[11]}, {"r12", r[12]}, {"r13", r[13]},
          {"r14", r[14]}, {"r15", r[15]}, {"eflags", record.eflags}};
}

SignalAction::What action_of(const FatalRecord& record) {
  using What = SignalAction::What;
  if (record.handler == 0) return What::kDefault;
  return record.handler == 1 ? What::kIgnored : What::kHandler;
}

CrashStep entered(const FatalRecord& record, int story, const std::string& handler) {
  CrashStep step;
  step.story = story;
  step.kind = CrashStep::Kind::kEntered;
  step.value = static_cast<std::int64_t>(record.handler);
  step.function = handler;
  step.detail = record.alternate_size
                    ? fmt::format("an alternate stack of {} bytes", record.alternate_size)
                    : "the thread's own stack";
  return step;
}

template <std::size_t kSize>
std::string text_of(const char (&field)[kSize]) {
  return {field, strnlen(field, kSize)};
}

std::string handler_text(std::uint64_t handler, const std::string& name) {
  if (handler == 0) return "SIG_DFL";
  return handler == 1 ? "SIG_IGN" : name + "()";
}

std::string end_text(int status) {
  if (!WIFSIGNALED(status)) return fmt::format("exited with status {}", WEXITSTATUS(status));
  return fmt::format("was killed by {}{}", signal_name(WTERMSIG(status)),
                     WCOREDUMP(status) ? " and dumped core" : "");
}

/// False: not a step of its own.
bool fill(CrashStep& step, const StepRecord& record, const std::string& handler) {
  using Kind = CrashStep::Kind;
  step.signal = record.signal;
  step.pid = record.process;
  step.syscall.name = text_of(record.function);
  switch (static_cast<StepRecord::What>(record.what)) {
    case StepRecord::kRaises:
      step.kind = Kind::kRaised;
      break;
    case StepRecord::kSets:
      step.kind = Kind::kAction;
      step.detail = handler_text(record.handler, handler);
      break;
    case StepRecord::kWaited:
      step.kind = Kind::kWaited;
      step.detail = end_text(record.value);
      break;
    case StepRecord::kWrites:
      step.kind = Kind::kWrote;
      step.value = record.value;
      step.detail = text_of(record.file);
      step.text = text_of(record.text);
      break;
    case StepRecord::kLimits:
      step.syscall = limit_text(step.syscall.name, static_cast<std::uint64_t>(record.value),
                                static_cast<std::uint64_t>(record.amount), 0);
      break;
    case StepRecord::kExits:
      step.kind = Kind::kExits;
      step.value = record.value;
      step.syscall = {"exit_group", {std::to_string(record.value)}, std::nullopt};
      step.libc = {text_of(record.function)};
      break;
    case StepRecord::kReturned:
      step.kind = Kind::kReturned;
      break;
    case StepRecord::kJumps:
      step.kind = Kind::kJumped;
      break;
    default:
      return false;
  }
  return true;
}

}  // namespace

void CrashLog::on_step(const StepRecord& record, Event event, const std::string& handler) {
  if (record.what == StepRecord::kForked) return join(event);
  const auto known = open_.find(event.process.pid);
  if (known == open_.end()) return;
  CrashStep step;
  step.story = known->second.story;
  if (!fill(step, record, handler)) return;
  event.what = std::move(step);
  sink_.emit(event);
}

void CrashLog::on_action(const ActionRecord& record, Event event) {
  if (record.handler > 1) {
    handled_[event.process.pid].insert(record.signal);
  } else {
    handled_[event.process.pid].erase(record.signal);
  }
  // glibc makes rt_sigaction() of all calls that set one.
  event.what = describe_action("rt_sigaction", record.signal, record.handler, record.flags);
  sink_.emit(event);
}

void CrashLog::on_setting(const SettingRecord& record, Event event) {
  using What = CoreSetting::What;
  CoreSetting setting;
  setting.pid = record.process;
  setting.value = static_cast<std::uint64_t>(record.values[0]);
  const std::string call(record.function, strnlen(record.function, sizeof record.function));
  switch (static_cast<SettingRecord::Call>(record.call)) {
    case SettingRecord::kLimit:
      if (record.option == RLIMIT_CORE) core_limits_[setting.pid] = setting.value;
      setting.what = record.option == RLIMIT_CORE ? What::kCoreLimit : What::kStackLimit;
      setting.syscall = limit_text(call, record.option, setting.value, record.result);
      break;
    case SettingRecord::kPrctl:
      if (record.option == PR_SET_DUMPABLE) setting.what = What::kDumpable;
      setting.syscall = prctl_text(record.option, setting.value, record.result);
      break;
    case SettingRecord::kSeccomp:
      setting.syscall = seccomp_text(record.option, record.result);
      break;
    case SettingRecord::kAlternateStack:
      setting.value = static_cast<std::uint64_t>(record.values[1]);
      setting.syscall = {call,
                         {fmt::format("{:#x}", static_cast<std::uint64_t>(record.values[0])),
                          std::to_string(record.values[1])},
                         record.result};
      break;
    case SettingRecord::kCredentials:
      setting.what = What::kCredentials;
      setting.syscall = {call, {}, record.result};
      for (u32 i = 0; i < record.count && i < std::size(record.values); ++i) {
        setting.syscall.args.push_back(std::to_string(record.values[i]));
      }
      break;
    default:
      return;
  }
  event.what = std::move(setting);
  sink_.emit(event);
}

CrashLog::Open& CrashLog::open(const Event& event) {
  const int pid = event.process.pid;
  return open_.try_emplace(pid, Open{event, pid}).first->second;
}

void CrashLog::on_fatal(const FatalRecord& record, Event event, FatalNames names) {
  if (!dumps_core(record.signal)) return;
  Open& open = this->open(event);
  FatalSignal fatal;
  fatal.story = open.story;
  fatal.signal = record.signal;
  fatal.code = signal_code_name(record.signal, record.code);
  fatal.action = action_of(record);
  if (has_address(record.signal, record.code)) {
    fatal.address = record.address;
    fatal.mapped = mapping_text(names.maps, *fatal.address, record.stack_limit);
  }
  if (record.sender != 0) {
    fatal.sender = record.sender;
    fatal.sender_text = record.sender == record.record.pid ? "itself" : process_text(record.sender);
  }
  fatal.registers = registers_of(record);
  fatal.stack = std::move(names.stack);
  fatal.core = core_conditions(record, event.process, root_);
  open.is_told = true;
  open.dies_of = fatal.action == SignalAction::What::kDefault ? record.signal : 0;
  open.core = fatal.core.directory.empty() ? "" : root_ + fatal.core.target;
  open.since = time(nullptr) - 1;
  const bool is_handled = fatal.action == SignalAction::What::kHandler;
  event.what = std::move(fatal);
  sink_.emit(event);
  if (!is_handled) return;
  event.what = entered(record, open.story, names.handler);
  sink_.emit(event);
}

void CrashLog::on_executing(int pid, const std::string& file, Event event) {
  const auto known = open_.find(pid);
  if (known == open_.end() || known->second.story == pid || event.process.pid != pid) return;
  CrashStep step;
  step.story = known->second.story;
  step.kind = CrashStep::Kind::kExecuted;
  step.detail = file;
  event.what = std::move(step);
  sink_.emit(event);
}

void CrashLog::on_forked(int parent, const Event& event) {
  const int child = event.process.pid;
  open_.erase(child);
  if (handled_.contains(parent)) handled_[child] = handled_[parent];
  if (core_limits_.contains(parent)) core_limits_[child] = core_limits_[parent];
  parents_[child] = parent;
}

// The process was made by a handler: it belongs to the story of the one that crashed.
void CrashLog::join(const Event& event) {
  const auto parent = parents_.find(event.process.pid);
  const auto known = parent == parents_.end() ? open_.end() : open_.find(parent->second);
  if (known == open_.end()) return;
  const int story = known->second.story;
  Event forked = known->second.event;
  forked.at = event.at;
  CrashStep step;
  step.story = story;
  step.kind = CrashStep::Kind::kForked;
  step.pid = event.process.pid;
  forked.what = std::move(step);
  sink_.emit(forked);
  open_.insert_or_assign(event.process.pid, Open{event, story});
}

void CrashLog::emit_end(const Open& open, std::chrono::nanoseconds at, CrashEnd end) {
  Event event = open.event;
  event.at = at;
  end.story = open.story;
  look_for_core(open.core, open.since, end);
  if (end.core_size > 0) end.core_dumped = true;
  event.what = std::move(end);
  sink_.emit(event);
}

// A signal that killed without having been told of: there was no stack for its handler, or it was
// blocked, or a seccomp filter sent it. What a core depends on is what ttrace itself passed on,
// unless the process changed it.
void CrashLog::on_unseen(Event event, int signal, Open& open) {
  FatalRecord record{};
  record.record.pid = record.record.tid = event.process.pid;
  record.signal = signal;
  record.dumpable = 1;
  rlimit limit{RLIM_INFINITY, RLIM_INFINITY};
  (void)getrlimit(RLIMIT_CORE, &limit);
  const auto set = core_limits_.find(event.process.pid);
  record.core_limit = set != core_limits_.end() ? set->second : limit.rlim_cur;
  record.file_limit = CoreConditions::kUnlimited;
  std::error_code ignored;
  const std::string here = std::filesystem::current_path(ignored);
  here.copy(record.directory, sizeof record.directory - 1);
  FatalSignal fatal;
  fatal.story = open.story;
  fatal.signal = signal;
  fatal.code = signal_code_name(signal, SI_KERNEL);
  fatal.core = core_conditions(record, event.process, root_);
  // The kernel tries the handler first.
  const auto handled = handled_.find(event.process.pid);
  const bool has_handler = handled != handled_.end() && handled->second.contains(signal);
  if (signal == SIGSEGV && has_handler && open.story == event.process.pid && !open.is_told) {
    fatal.action = SignalAction::What::kHandler;
    event.what = fatal;
    sink_.emit(event);
    fatal.action = SignalAction::What::kDefault;
  }
  event.what = std::move(fatal);
  sink_.emit(event);
  open.dies_of = signal;
}

void CrashLog::on_ended(Event event, int status) {
  const int pid = event.process.pid;
  const int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  if (!open_.contains(pid) && !dumps_core(signal)) return;
  Open& open = this->open(event);
  if (dumps_core(signal) && open.dies_of != signal) on_unseen(event, signal, open);
  CrashEnd end;
  if (WIFEXITED(status)) end.code = WEXITSTATUS(status);
  if (signal) end.signal = signal;
  end.core_dumped = WIFSIGNALED(status) && WCOREDUMP(status);
  emit_end(open, event.at, std::move(end));
  open_.erase(pid);
}

// Nobody has told how these ended: of the default action a process dies for certain.
void CrashLog::finish(std::chrono::nanoseconds now) {
  for (const auto& [pid, open] : open_) {
    if (!open.dies_of) continue;
    CrashEnd end;
    end.signal = open.dies_of;
    emit_end(open, now, std::move(end));
  }
  open_.clear();
}

}  // namespace ttrace::preload
