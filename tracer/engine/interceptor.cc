#include "tracer/engine/interceptor.h"

#include <sys/user.h>

#include <cstddef>

#include "tracer/engine/ptrace.h"

namespace ttrace {

// A call number of -1 runs nothing, and the kernel then leaves rax as the tracer wrote it
// (arch/x86/entry/common.c, do_syscall_64).
void SyscallStop::skip(std::int64_t value) const {
  (void)poke_user(tid(), offsetof(user_regs_struct, orig_rax), ~std::uint64_t{0});
  (void)poke_user(tid(), offsetof(user_regs_struct, rax), static_cast<std::uint64_t>(value));
}

void SyscallStop::set_arg(unsigned arg, std::uint64_t value) const {
  static constexpr std::array kX86_64 = {
      offsetof(user_regs_struct, rdi), offsetof(user_regs_struct, rsi),
      offsetof(user_regs_struct, rdx), offsetof(user_regs_struct, r10),
      offsetof(user_regs_struct, r8),  offsetof(user_regs_struct, r9)};
  static constexpr std::array kI386 = {
      offsetof(user_regs_struct, rbx), offsetof(user_regs_struct, rcx),
      offsetof(user_regs_struct, rdx), offsetof(user_regs_struct, rsi),
      offsetof(user_regs_struct, rdi), offsetof(user_regs_struct, rbp)};
  (void)poke_user(tid(), (abi == Abi::kX86_64 ? kX86_64 : kI386).at(arg), value);
}

void SyscallStop::set_number(SyscallNr number) const {
  (void)poke_user(tid(), offsetof(user_regs_struct, orig_rax),
                  static_cast<std::uint64_t>(raw(number)));
}

void SyscallStop::set_result(std::int64_t value) const {
  (void)poke_user(tid(), offsetof(user_regs_struct, rax), static_cast<std::uint64_t>(value));
}

}  // namespace ttrace
