#include "tracer/intercept/setting_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "tracer/abi/signals.h"

namespace ttrace {
namespace {

/// The second argument of prctl(2), for the options that are followed.
std::string option_value(std::uint64_t option, std::uint64_t argument) {
  const auto value = static_cast<std::int32_t>(argument);
  if (option == PR_SET_PDEATHSIG && value > 0) return signal_name(value);
  if (option == PR_SET_PTRACER && value == -1) return "PR_SET_PTRACER_ANY";
  if (option != PR_SET_SECCOMP) return std::to_string(value);
  return value == SECCOMP_MODE_STRICT ? "SECCOMP_MODE_STRICT" : "SECCOMP_MODE_FILTER";
}

}  // namespace

const char* prctl_option_name(std::uint64_t option) {
  switch (option) {
    case PR_SET_DUMPABLE:
      return "PR_SET_DUMPABLE";
    case PR_SET_PTRACER:
      return "PR_SET_PTRACER";
    case PR_SET_PDEATHSIG:
      return "PR_SET_PDEATHSIG";
    case PR_SET_NO_NEW_PRIVS:
      return "PR_SET_NO_NEW_PRIVS";
    case PR_SET_SECCOMP:
      return "PR_SET_SECCOMP";
    default:
      return nullptr;
  }
}

SyscallText prctl_text(std::uint64_t option, std::uint64_t value,
                       std::optional<std::int64_t> result) {
  const char* const name = prctl_option_name(option);
  return {"prctl", {name ? name : std::to_string(option), option_value(option, value)}, result};
}

SyscallText limit_text(const std::string& call, std::uint64_t resource, std::uint64_t soft,
                       std::optional<std::int64_t> result) {
  return {call,
          {resource == RLIMIT_CORE ? "RLIMIT_CORE" : "RLIMIT_STACK",
           soft == CoreConditions::kUnlimited ? "RLIM_INFINITY" : std::to_string(soft)},
          result};
}

SignalAction describe_action(const std::string& call, int signal, std::uint64_t handler,
                             std::uint64_t flags) {
  using What = SignalAction::What;
  constexpr std::uint64_t kDefault = 0, kIgnore = 1;  // SIG_DFL, SIG_IGN
  SignalAction action;
  action.signal = signal;
  action.address = handler;
  action.what = handler == kDefault  ? What::kDefault
                : handler == kIgnore ? What::kIgnored
                                     : What::kHandler;
  std::string text = action.what == What::kDefault   ? "SIG_DFL"
                     : action.what == What::kIgnored ? "SIG_IGN"
                                                     : fmt::format("{:#x}", handler);
  if (action.what == What::kHandler) action.flags = action_flags(flags);
  if (!action.flags.empty()) text += fmt::format(" {}", fmt::join(action.flags, "|"));
  action.syscall = {call, {signal_name(signal), text}, std::nullopt};
  return action;
}

SyscallText seccomp_text(std::uint64_t operation, std::int64_t result) {
  const bool strict = operation == SECCOMP_SET_MODE_STRICT;
  return {"seccomp", {strict ? "SECCOMP_SET_MODE_STRICT" : "SECCOMP_SET_MODE_FILTER"}, result};
}

}  // namespace ttrace
