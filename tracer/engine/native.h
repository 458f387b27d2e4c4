// What depends on the CPU that ttrace itself is built for. The build takes native_x86_64.cc or
// native_i386.cc, whichever fits; nothing else asks which it was.
#pragma once

#include <vector>

#include "tracer/abi/abi.h"
#include "tracer/base/result.h"
#include "tracer/base/types.h"

namespace ttrace {

Result<Registers> get_regs(Pid tid);
Status set_regs(Pid tid, const Registers& regs);
/// Writes one register.
Status poke_register(Pid tid, RegisterMember which, std::uint64_t value);
/// Writes debug register `index` (Intel SDM vol. 3, 18.2).
Status set_debug_register(Pid tid, std::size_t index, std::uint64_t value);
/// Where %gs of i386 code points: its thread pointer. 0: it has none.
std::uint64_t thread_pointer(Pid tid, const Registers& regs);

/// getpid(2) by the 32-bit entry, which a kernel without IA32 emulation answers with SIGSEGV.
long pid_by_32bit_entry();

/// Of the calling thread alone, where the library's setgroups() would change all threads.
void set_groups_of_thread(const std::vector<gid_t>& groups);

}  // namespace ttrace
