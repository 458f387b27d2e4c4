#include "analyzers/event_text.h"

#include <fmt/format.h>
#include <string.h>

#include <array>

#include "analyzers/connect_wording.h"
#include "analyzers/core_fate.h"
#include "analyzers/crash_wording.h"
#include "analyzers/time_text.h"

namespace ttrace {
namespace {

// In the order of Event::what.
constexpr std::array<std::string_view, 18> kKinds = {
    "oversize-value",   "path-repeated",  "target-message", "clock-set",      "wrapped-argument",
    "cut-time-written", "call-refused",   "connect",        "thread-blocked", "signal-action",
    "core-setting",     "fatal-signal",   "crash-step",     "crash-end",      "core-piped",
    "process-started",  "process-execed", "process-exited",
};
static_assert(kKinds.size() == std::variant_size_v<decltype(Event::what)>);

std::string text_of(const OversizeValue& value) {
  std::string text = fmt::format("{}: {} does not fit 32 bits", syscall_text(value.syscall),
                                 fmt::join(value.fields, ", "));
  if (value.seconds) text += fmt::format(" ({})", utc_text(*value.seconds));
  if (value.api.error) {
    text += fmt::format("; {}() fails with {}", value.api.function.value_or("the call"),
                        *value.api.error);
  }
  return text;
}

std::string text_of(const PathRepeated& repeated) {
  return fmt::format("a call path seen before, {} more times", repeated.times);
}

std::string text_of(const TargetMessage& message) { return "says: " + message.text; }

std::string text_of(const ClockSet& set) {
  return fmt::format("{}: sets its clock to {}", syscall_text(set.syscall), utc_text(set.seconds));
}

std::string text_of(const WrappedArgument& argument) {
  return fmt::format("{}: hands over {}", syscall_text(argument.syscall),
                     utc_text(argument.seconds));
}

std::string text_of(const CutTimeWritten& written) {
  return fmt::format("writes \"{}\" for {}", written.text, utc_text(written.seconds));
}

std::string text_of(const CallRefused& refused) {
  return fmt::format("{} is refused with {}", syscall_text(refused.syscall), refused.error);
}

std::string text_of(const Connect& connect) {
  std::string text = fmt::format("{}connect to {}, {}", connect.blocking ? "" : "non-blocking ",
                                 place_text(connect.to), span_text(connect.duration));
  switch (connect.fate) {
    case Connect::Fate::kAbandoned:
      return text + ", given up";
    case Connect::Fate::kStillBlocked:
      return text + ", not ended";
    case Connect::Fate::kLetGo:
      return text + ", not ended as ttrace detached";
    case Connect::Fate::kEnded:
      break;
  }
  if (!connect.error) return text;
  return text + (*connect.error == 0 ? ", connected" : ", " + errno_text(*connect.error));
}

std::string text_of(const ThreadBlocked& blocked) {
  if (blocked.syscall.name.empty()) {
    return blocked.when == ThreadBlocked::When::kAttached ? "runs as ttrace attaches"
                                                          : "still runs as the time is up";
  }
  std::string text = "is blocked in " + syscall_text(blocked.syscall);
  return blocked.on.empty() ? text : text + ", " + blocked.on;
}

std::string text_of(const SignalAction& action) {
  const std::string signal = crash_signal_name(action.signal);
  switch (action.what) {
    case SignalAction::What::kDefault:
      return fmt::format("gives {} its default action", signal);
    case SignalAction::What::kIgnored:
      return fmt::format("ignores {}", signal);
    case SignalAction::What::kHandler:
      break;
  }
  return fmt::format("installs a handler for {} ({})", signal, fmt::join(action.flags, "|"));
}

std::string text_of(const CoreSetting& setting) { return syscall_text(setting.syscall); }
std::string text_of(const FatalSignal& fatal) { return fatal_text(fatal); }
std::string text_of(const CrashStep& step) { return step_text(step, step.function); }
std::string text_of(const CrashEnd& end) { return end_text(end); }

std::string text_of(const CorePiped& piped) {
  return fmt::format("{} was given a core of {} and {}", piped.command, size_text(piped.core_size),
                     exit_text(piped.code, piped.signal));
}

std::string text_of(const ProcessStarted& started) {
  return fmt::format("starts, made by {}", started.parent);
}

std::string text_of(const ProcessExeced& execed) {
  if (execed.argv.empty()) return "executes a program";
  return fmt::format("executes {}", fmt::join(execed.argv, " "));
}

std::string text_of(const ProcessExited& exited) { return exit_text(exited.code, exited.signal); }

}  // namespace

std::string_view event_kind(const Event& event) { return kKinds.at(event.what.index()); }

std::string event_text(const Event& event) {
  return std::visit([](const auto& what) { return text_of(what); }, event.what);
}

std::string process_text(const ProcessRef& process) {
  std::string text = fmt::format("{}[{}]", process.comm, process.pid);
  if (process.tid != process.pid) text += fmt::format(" thread {}", process.tid);
  return text;
}

std::string syscall_text(const SyscallText& syscall) {
  std::string text = fmt::format("{}({})", syscall.name, fmt::join(syscall.args, ", "));
  if (syscall.result) text += fmt::format(" = {}", *syscall.result);
  return text;
}

std::string errno_text(int error) {
  const char* const name = strerrorname_np(error);
  return name != nullptr ? name : fmt::format("errno {}", error);
}

std::string exit_text(const std::optional<int>& code, const std::optional<int>& signal) {
  if (signal) return "is killed by " + crash_signal_name(*signal);
  if (code) return fmt::format("exits with status {}", *code);
  return "is gone";
}

}  // namespace ttrace
