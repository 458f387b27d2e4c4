// What a thread is about to write to a descriptor.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "tracer/abi/abi.h"
#include "tracer/base/types.h"

namespace ttrace {

/// The bytes that write(2) or writev(2) with these arguments hands over, at most `most` of each
/// part; empty for other calls. They are the target's: not safe to print as they are.
std::string written_text(Pid pid, Abi abi, SyscallNr nr, const std::array<std::uint64_t, 6>& args,
                         std::size_t most);

}  // namespace ttrace
