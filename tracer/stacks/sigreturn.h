// Signal trampolines without unwind tables (musl's, Go's): recognised by their code, as gdb does
// (gdb/amd64-linux-tdep.c, i386-linux-tdep.c), crossed by the kernel's signal frame.
#pragma once

#include <cstdint>
#include <optional>

#include "tracer/abi/abi.h"
#include "tracer/stacks/walk_memory.h"

namespace ttrace::stacks {

/// The interrupted registers, if `ip` is the first instruction of a signal trampoline and `sp` the
/// stack pointer there.
std::optional<UnwindState> interrupted_state(const AbiInfo& abi, std::uint64_t ip, std::uint64_t sp,
                                             WalkMemory& memory);

}  // namespace ttrace::stacks
