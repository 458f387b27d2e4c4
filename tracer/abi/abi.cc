#include "tracer/abi/abi.h"

#include <linux/audit.h>
#include <seccomp.h>

#include <algorithm>

#include "traced_abis.h"

namespace ttrace {
namespace {

constexpr std::uint64_t kUser32CodeSegment = 0x23;  // of a 64-bit kernel
constexpr std::uint64_t kI386KernelCodeSegment = 0x73;

constexpr AbiInfo kX86_64Info{Abi::kX86_64, "x86-64", 8, AUDIT_ARCH_X86_64, SCMP_ARCH_X86_64, 7};
constexpr AbiInfo kI386Info{Abi::kI386, "i386", 4, AUDIT_ARCH_I386, SCMP_ARCH_X86, 4};

}  // namespace

const AbiInfo& abi_info(Abi abi) { return abi == Abi::kX86_64 ? kX86_64Info : kI386Info; }

std::span<const Abi> traced_abis() {
#define TTRACE_ABI(file_name, name) Abi::name,
  static constexpr std::array kAbis{TTRACE_EACH_ABI(TTRACE_ABI)};
#undef TTRACE_ABI
  return kAbis;
}

bool is_traced(Abi abi) {
  const auto abis = traced_abis();
  return std::find(abis.begin(), abis.end(), abi) != abis.end();
}

std::string traced_names() {
  std::string names;
  for (const Abi abi : traced_abis()) {
    names.append(names.empty() ? "" : " and ").append(abi_info(abi).name);
  }
  return names;
}

Abi abi_of(const Registers& regs) {
  const bool narrow = regs.cs == kUser32CodeSegment || regs.cs == kI386KernelCodeSegment;
  return narrow ? Abi::kI386 : Abi::kX86_64;
}

const std::array<RegisterMember, 6>& argument_registers(Abi abi) {
  static constexpr std::array<RegisterMember, 6> kX86_64 = {&Registers::rdi, &Registers::rsi,
                                                            &Registers::rdx, &Registers::r10,
                                                            &Registers::r8,  &Registers::r9};
  static constexpr std::array<RegisterMember, 6> kI386 = {&Registers::rbx, &Registers::rcx,
                                                          &Registers::rdx, &Registers::rsi,
                                                          &Registers::rdi, &Registers::rbp};
  return abi == Abi::kX86_64 ? kX86_64 : kI386;
}

void set_arguments(Registers& regs, const std::array<std::uint64_t, 6>& args) {
  const auto& members = argument_registers(abi_of(regs));
  for (std::size_t i = 0; i < args.size(); ++i) regs.*members[i] = args[i];
}

UnwindState unwind_state(const Registers& r) {
  if (abi_of(r) == Abi::kI386) {
    return {Abi::kI386, r.rip, 9, {r.rax, r.rcx, r.rdx, r.rbx, r.rsp, r.rbp, r.rsi, r.rdi, r.rip}};
  }
  return {Abi::kX86_64,
          r.rip,
          17,
          {r.rax, r.rdx, r.rcx, r.rbx, r.rsi, r.rdi, r.rbp, r.rsp, r.r8, r.r9, r.r10, r.r11, r.r12,
           r.r13, r.r14, r.r15, r.rip}};
}

}  // namespace ttrace
