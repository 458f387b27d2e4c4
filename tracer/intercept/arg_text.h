// System call arguments as a reader wants them: names of clocks, paths, flags where they are known,
// and raw values where they are not.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analyzers/event.h"
#include "tracer/engine/interceptor.h"

namespace ttrace {

/// The arguments of a call of the time and stat families (others: raw), read from a live process.
std::vector<std::string> syscall_args_text(Pid pid, Abi abi, SyscallNr nr,
                                           const std::uint32_t* args);
std::vector<std::string> syscall_args_text(Pid pid, Abi abi, SyscallNr nr,
                                           const std::uint64_t* args);

/// The call of `stop` as text, with this result.
SyscallText syscall_text(const SyscallStop& stop, std::optional<std::int64_t> result);

std::string clock_name(int id);

}  // namespace ttrace
