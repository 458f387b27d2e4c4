// What depends on the CPU that ttrace itself is built for. The build takes native_x86_64.cc or
// native_i386.cc, whichever fits; nothing else asks which it was.
#pragma once

#include <algorithm>
#include <span>

#include "tracer/abi/abi.h"
#include "tracer/base/result.h"
#include "tracer/base/types.h"

namespace ttrace {

/// The ABIs whose programs this ttrace traces: of x86-64 both, of i386 its own alone. A tracer
/// cannot read the memory of a process that has more address space than itself.
std::span<const Abi> traced_abis();
inline bool is_traced(Abi abi) {
  const auto abis = traced_abis();
  return std::find(abis.begin(), abis.end(), abi) != abis.end();
}

Result<Registers> get_regs(Pid tid);
Status set_regs(Pid tid, const Registers& regs);
/// Writes one register.
Status poke_register(Pid tid, RegisterMember which, std::uint64_t value);
/// Writes debug register `index` (Intel SDM vol. 3, 18.2).
Status set_debug_register(Pid tid, std::size_t index, std::uint64_t value);
/// Where %gs of i386 code points: its thread pointer. 0: it has none.
std::uint64_t thread_pointer(Pid tid, const Registers& regs);

}  // namespace ttrace
