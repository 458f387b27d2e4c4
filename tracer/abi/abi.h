// What differs between the instruction sets a target may use. One description per ABI; code above
// this folder asks the description and never tests for an architecture.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "tracer/abi/registers.h"
#include "tracer/base/types.h"

namespace ttrace {

enum class Abi { kX86_64, kI386 };

/// The registers an unwinder needs, in the order of the ABI's DWARF numbering
/// (x86-64 psABI figure 3.36; i386 psABI table 2.14). Entries past `count` are unused.
struct UnwindState {
  Abi abi = Abi::kX86_64;
  std::uint64_t ip = 0;
  unsigned count = 0;
  std::array<std::uint64_t, 17> dwarf{};
};

struct AbiInfo {
  Abi abi;
  std::string_view name;     // "x86-64", "i386": as in reports
  unsigned word_size;        // bytes of a pointer, long and stack slot
  std::uint32_t audit_arch;  // AUDIT_ARCH_*: what seccomp and ptrace call it
  std::uint32_t scmp_arch;   // SCMP_ARCH_*: what libseccomp calls it
  unsigned dwarf_sp;         // DWARF number of the stack pointer
};

const AbiInfo& abi_info(Abi abi);

/// The ABIs whose programs this ttrace traces: built for x86-64 both, for i386 its own alone,
/// because a process can have no more of another's address space than its own.
std::span<const Abi> traced_abis();
bool is_traced(Abi abi);
/// "x86-64 and i386", "i386".
std::string traced_names();

/// The ABI of the code a thread runs; the code segment tells (arch/x86/include/asm/segment.h:
/// __USER32_CS, on a 32-bit kernel __USER_CS).
Abi abi_of(const Registers& regs);

UnwindState unwind_state(const Registers& regs);

using RegisterMember = std::uint64_t Registers::*;
/// Where the ABI has the arguments of a system call (syscall(2)).
const std::array<RegisterMember, 6>& argument_registers(Abi abi);
/// Sets all of them, of the ABI that `regs` are of.
void set_arguments(Registers& regs, const std::array<std::uint64_t, 6>& args);

}  // namespace ttrace
