#include "analyzers/crash_setup.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "analyzers/crash_wording.h"

namespace ttrace {
namespace {

using Setting = CoreSetting::What;

std::string seconds_text(std::chrono::nanoseconds at) {
  return fmt::format("{:.3f} s", std::chrono::duration<double>(at).count());
}

bool is_alternate_stack(const CoreSetting& setting) {
  return setting.what == Setting::kOther && setting.syscall.name == "sigaltstack";
}

std::string argument(const CoreSetting& setting, std::size_t i) {
  return i < setting.syscall.args.size() ? setting.syscall.args[i] : "?";
}

bool is_limit(Setting what) { return what == Setting::kCoreLimit || what == Setting::kStackLimit; }

std::string deed(const CoreSetting& setting) {
  const SyscallText& call = setting.syscall;
  if (is_limit(setting.what)) {
    return fmt::format("sets {} to {} by {}()", argument(setting, 0), limit_text(setting.value),
                       call.name);
  }
  if (is_alternate_stack(setting)) {
    return setting.value == 0
               ? "takes its alternate stack away"
               : fmt::format("sets an alternate stack for its handlers: {} bytes at {}",
                             setting.value, argument(setting, 0));
  }
  if (call.name == "execve")
    return fmt::format("runs {} ({})", argument(setting, 0), argument(setting, 1));
  return fmt::format("calls {}", call_text(call));
}

// What replaces an earlier change of the same kind.
std::string kind_of(const Event& event, const CoreSetting& setting) {
  if (is_alternate_stack(setting)) return fmt::format("stack of {}", event.process.tid);
  if (setting.what == Setting::kCredentials) return "ids";
  return fmt::format("{} {}", setting.syscall.name, argument(setting, 0));
}

}  // namespace

std::string process_name(const ProcessRef& process) {
  return fmt::format("{}[{}]", process.comm, process.pid);
}

void CrashSetup::on_action(const Event& event, const SignalAction& action) {
  if (action.what == SignalAction::What::kHandler) {
    actions[action.signal] = {event.at, event.process, action};
  } else {
    actions.erase(action.signal);
  }
}

void CrashSetup::on_setting(const Event& event, const CoreSetting& setting) {
  const bool refused = setting.syscall.result && *setting.syscall.result < 0;
  Change change;
  change.line = {event.at, event.process.pid, "setting",
                 fmt::format("{} {}", process_name(event.process), deed(setting)), setting.syscall};
  if (is_alternate_stack(setting)) change.tid = event.process.tid;
  change.ends_at_exec = is_alternate_stack(setting) || setting.what == Setting::kDumpable;
  constexpr std::size_t kMostChanges = 512;  // threads come and go, with a stack each
  if (changes_.size() < kMostChanges) changes_[kind_of(event, setting)] = std::move(change);
  if (refused) return;
  const std::string place =
      fmt::format("{} at {}", process_name(event.process), seconds_text(event.at));
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
      undumpable_by =
          setting.syscall.name == "execve"
              ? fmt::format("it runs {} ({})", argument(setting, 0), argument(setting, 1))
              : fmt::format("{} changed its ids by {}({})", place, setting.syscall.name,
                            fmt::join(setting.syscall.args, ", "));
      break;
    case Setting::kStackLimit:
      stack_limited_by = fmt::format("{} set it by {}()", place, setting.syscall.name);
      break;
    case Setting::kOther:
      break;
  }
}

void CrashSetup::on_exec() {
  actions.clear();
  std::erase_if(changes_, [](const auto& change) { return change.second.ends_at_exec; });
  dumpable = true;
  by_privileges = false;
  undumpable_by.clear();
}

std::vector<StoryStep> CrashSetup::lines(int tid, int signal) const {
  std::vector<StoryStep> lines;
  for (const auto& [kind, change] : changes_) {
    if (change.tid == 0 || change.tid == tid) lines.push_back(change.line);
  }
  const auto known = actions.find(signal);
  if (known != actions.end()) {
    const auto& [at, process, action] = known->second;
    const std::string flags =
        action.flags.empty() ? "" : fmt::format(" ({})", fmt::join(action.flags, ", "));
    lines.push_back({at, process.pid, "install",
                     fmt::format("{} installs a handler for {}{}", process_name(process),
                                 crash_signal_name(signal), flags),
                     action.syscall});
  }
  std::stable_sort(lines.begin(), lines.end(),
                   [](const StoryStep& a, const StoryStep& b) { return a.at < b.at; });
  return lines;
}

}  // namespace ttrace
