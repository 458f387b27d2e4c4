#include "tracer/engine/interceptor.h"

#include "tracer/engine/ptrace.h"

namespace ttrace {

// A call number of -1 runs nothing, and the kernel then leaves rax as the tracer wrote it
// (arch/x86/entry/common.c, do_syscall_64).
void SyscallStop::skip(std::int64_t value) const {
  (void)poke_register(tid(), &Registers::orig_rax, ~std::uint64_t{0});
  (void)poke_register(tid(), &Registers::rax, static_cast<std::uint64_t>(value));
}

void SyscallStop::set_arg(unsigned arg, std::uint64_t value) const {
  (void)poke_register(tid(), argument_registers(abi).at(arg), value);
}

void SyscallStop::set_number(SyscallNr number) const {
  (void)poke_register(tid(), &Registers::orig_rax, static_cast<std::uint64_t>(raw(number)));
}

void SyscallStop::set_result(std::int64_t value) const {
  (void)poke_register(tid(), &Registers::rax, static_cast<std::uint64_t>(value));
}

}  // namespace ttrace
