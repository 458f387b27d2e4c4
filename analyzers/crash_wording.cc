#include "analyzers/crash_wording.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

namespace ttrace {
namespace {

using Kind = CrashStep::Kind;

std::string subject(const std::string& handler) {
  return handler.empty() ? "the handler" : fmt::format("handler {}()", handler);
}

// The library's own raise() and abort() end in tgkill; so does what is written by hand.
std::string raise_text(const CrashStep& step) {
  const std::string signal = crash_signal_name(step.signal);
  if (step.pid == 0) return fmt::format("raises {} by {}()", signal, step.syscall.name);
  return fmt::format("sends {} to {} by {}()", signal, step.pid, step.syscall.name);
}

std::string write_text(const CrashStep& step) {
  std::string text = fmt::format("writes to descriptor {} ({})", step.value, step.detail);
  std::string said = step.text;
  while (!said.empty() && said.back() == '\n') said.pop_back();
  if (!said.empty()) text += fmt::format(": \"{}\"", said);
  if (step.syscall.result && *step.syscall.result < 0) text += ", which fails";
  return text;
}

}  // namespace

std::string crash_signal_name(int signal) {
  const char* const name = sigabbrev_np(signal);
  return name ? fmt::format("SIG{}", name) : fmt::format("signal {}", signal);
}

std::string limit_text(std::uint64_t value) {
  return value == CoreConditions::kUnlimited ? "unlimited" : std::to_string(value);
}

std::string call_text(const SyscallText& call) {
  std::string text = fmt::format("{}({})", call.name, fmt::join(call.args, ", "));
  if (!call.result) return text;
  const std::int64_t result = *call.result;
  const char* const error =
      result < 0 && result > -4096 ? strerrorname_np(static_cast<int>(-result)) : nullptr;
  if (error) return text + fmt::format(" fails with {}", error);
  return text + fmt::format(" = {}", result);
}

std::string innermost_function(const Stack& stack) {
  for (const Frame& frame : stack) {
    if (frame.module.empty() || frame.module == "[vdso]") continue;  // the way into the kernel
    if (frame.function) return *frame.function;
    const std::string module = frame.module.substr(frame.module.rfind('/') + 1);
    return frame.offset ? fmt::format("{}+{:#x}", module, *frame.offset) : module;
  }
  return "";
}

std::string fatal_text(const FatalSignal& fatal) {
  std::string text = crash_signal_name(fatal.signal);
  if (fatal.address) {
    text += fmt::format(" at {:#x}", *fatal.address);
    if (!fatal.mapped.empty()) text += fmt::format(" ({})", fatal.mapped);
  } else if (!fatal.sender_text.empty()) {
    text += fmt::format(" from {}", fatal.sender_text);
  }
  if (fatal.injected) text += ", put there by --crash,";
  const std::string function = innermost_function(fatal.stack);
  if (!function.empty()) text += " in " + function;
  return text;
}

std::string step_text(const CrashStep& step, const std::string& handler) {
  switch (step.kind) {
    case Kind::kEntered:
      return fmt::format("{} runs on {}", subject(step.function), step.detail);
    case Kind::kForked:
      return fmt::format("{} forks {}", subject(handler), step.pid);
    case Kind::kRaised:
      return raise_text(step);
    case Kind::kAction:
      return step.detail == "SIG_DFL"
                 ? fmt::format("restores SIG_DFL for {}", crash_signal_name(step.signal))
                 : fmt::format("sets {} for {}", step.detail, crash_signal_name(step.signal));
    case Kind::kWaited:
      return fmt::format("sees that {} {}", step.pid, step.detail);
    case Kind::kWrote:
      return write_text(step);
    case Kind::kCalled:
      return call_text(step.syscall);
    case Kind::kExecuted:
      return step.syscall.result && *step.syscall.result < 0
                 ? fmt::format("cannot execute {}", step.detail)
                 : fmt::format("executes {}", step.detail);
    case Kind::kExits:
      return fmt::format("exits with status {}", step.value);
    case Kind::kReturned:
      return step.value > 0 ? "an inner handler returns"
                            : fmt::format("{} returns to where the signal came", subject(handler));
    case Kind::kJumped:
      return fmt::format("{} is left by a jump (longjmp), without returning", subject(handler));
    case Kind::kBlocked:
      return fmt::format("is still in {} when it ends", call_text(step.syscall));
    case Kind::kLost:
      return "goes on; it is not followed any further";
  }
  return "";
}

std::string step_kind(const CrashStep& step) {
  switch (step.kind) {
    case Kind::kEntered:
      return "handler";
    case Kind::kForked:
      return "fork";
    case Kind::kRaised:
      return "raise";
    case Kind::kAction:
      return "sigaction";
    case Kind::kWaited:
      return "wait";
    case Kind::kWrote:
      return "write";
    case Kind::kCalled:
      return "syscall";
    case Kind::kExecuted:
      return "exec";
    case Kind::kExits:
      return "exit";
    case Kind::kReturned:
      return "return";
    case Kind::kJumped:
      return "jump";
    case Kind::kBlocked:
      return "hang";
    case Kind::kLost:
      return "lost";
  }
  return "";
}

std::string end_text(const CrashEnd& end) {
  if (!end.signal) return fmt::format("is gone with status {}", end.code.value_or(0));
  return fmt::format("is killed by {}{}", crash_signal_name(*end.signal),
                     end.core_dumped ? ", core dumped" : "");
}

}  // namespace ttrace
