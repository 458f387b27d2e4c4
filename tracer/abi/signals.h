// Signals by name and number, and their actions as each ABI lays them out in memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tracer/abi/abi.h"

namespace ttrace {

/// "SIGSEGV"; "SIGRTMIN+3"; "signal 70" for what is none.
std::string signal_name(int signal);
/// "SEGV", "SIGSEGV", "segv" or "11"; nullopt: no signal.
std::optional<int> signal_number(std::string_view name);
/// True if the default action dumps core: signal(7).
bool dumps_core(int signal);
extern const std::vector<int> kCoreSignals;

/// "SEGV_MAPERR", "SI_USER"; "code N" where there is no name.
std::string signal_code_name(int signal, int code);

struct ActionLayout {
  unsigned size, flags_at;  // the handler is first
};
/// Of rt_sigaction's structure; `old`: of i386's sigaction(2).
ActionLayout action_layout(Abi abi, bool old);

/// "SA_NODEFER", …
std::vector<std::string> action_flags(std::uint64_t flags);

}  // namespace ttrace
