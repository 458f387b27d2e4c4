#include "tracer/abi/abi.h"

#include <linux/audit.h>
#include <seccomp.h>

namespace ttrace {
namespace {

constexpr std::uint64_t kUser32CodeSegment = 0x23;

constexpr AbiInfo kX86_64Info{Abi::kX86_64, "x86-64", 8, AUDIT_ARCH_X86_64, SCMP_ARCH_X86_64, 7};
constexpr AbiInfo kI386Info{Abi::kI386, "i386", 4, AUDIT_ARCH_I386, SCMP_ARCH_X86, 4};

}  // namespace

const AbiInfo& abi_info(Abi abi) { return abi == Abi::kX86_64 ? kX86_64Info : kI386Info; }

Abi abi_of(const user_regs_struct& regs) {
  return regs.cs == kUser32CodeSegment ? Abi::kI386 : Abi::kX86_64;
}

UnwindState unwind_state(const user_regs_struct& r) {
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
