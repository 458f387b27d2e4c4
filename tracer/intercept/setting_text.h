// The calls that decide over a crash and its core, as text: for whoever sees them made.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "analyzers/event.h"

namespace ttrace {

/// "PR_SET_DUMPABLE"; null: an option of prctl(2) that is not followed.
const char* prctl_option_name(std::uint64_t option);

/// prctl() with one of those, and its second argument.
SyscallText prctl_text(std::uint64_t option, std::uint64_t value,
                       std::optional<std::int64_t> result);
/// `operation`: SECCOMP_SET_MODE_STRICT or SECCOMP_SET_MODE_FILTER.
SyscallText seccomp_text(std::uint64_t operation, std::int64_t result);

/// `soft`: CoreConditions::kUnlimited for none. The resource is RLIMIT_CORE or RLIMIT_STACK.
SyscallText limit_text(const std::string& call, std::uint64_t resource, std::uint64_t soft,
                       std::optional<std::int64_t> result);

/// `handler`: 0 is SIG_DFL, 1 SIG_IGN.
SignalAction describe_action(const std::string& call, int signal, std::uint64_t handler,
                             std::uint64_t flags);

}  // namespace ttrace
