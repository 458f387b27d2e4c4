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

void SyscallStop::set_result(std::int64_t value) const {
  (void)poke_user(tid(), offsetof(user_regs_struct, rax), static_cast<std::uint64_t>(value));
}

}  // namespace ttrace
