// The registers of a thread, as all code above the engine sees them: one structure for both ABIs
// and for a ttrace of either width.
#pragma once

#include <cstdint>

namespace ttrace {

/// In the order of x86-64's user_regs_struct (arch/x86/include/asm/user_64.h). Of i386 code each is
/// the register whose lower half it uses: eax is in `rax`. Results and numbers of system calls are
/// as wide as the kernel has them: a negative errno is one in 64 bits.
struct Registers {
  std::uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi, orig_rax,
      rip, cs, eflags, rsp, ss, fs_base, gs_base, ds, es, fs, gs;
};

}  // namespace ttrace
