#include <asm/ldt.h>
#include <elf.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>

#include "tracer/engine/native.h"

namespace ttrace {
namespace {

struct Slot {
  RegisterMember wide;
  long user_regs_struct::*narrow;
};
constexpr std::array kSlots = {
    Slot{&Registers::rbx, &user_regs_struct::ebx},
    Slot{&Registers::rcx, &user_regs_struct::ecx},
    Slot{&Registers::rdx, &user_regs_struct::edx},
    Slot{&Registers::rsi, &user_regs_struct::esi},
    Slot{&Registers::rdi, &user_regs_struct::edi},
    Slot{&Registers::rbp, &user_regs_struct::ebp},
    Slot{&Registers::rax, &user_regs_struct::eax},
    Slot{&Registers::ds, &user_regs_struct::xds},
    Slot{&Registers::es, &user_regs_struct::xes},
    Slot{&Registers::fs, &user_regs_struct::xfs},
    Slot{&Registers::gs, &user_regs_struct::xgs},
    Slot{&Registers::orig_rax, &user_regs_struct::orig_eax},
    Slot{&Registers::rip, &user_regs_struct::eip},
    Slot{&Registers::cs, &user_regs_struct::xcs},
    Slot{&Registers::eflags, &user_regs_struct::eflags},
    Slot{&Registers::rsp, &user_regs_struct::esp},
    Slot{&Registers::ss, &user_regs_struct::xss},
};
static_assert(kSlots.size() * sizeof(long) == sizeof(user_regs_struct));

std::uint64_t zero_extended(long value) { return static_cast<unsigned long>(value); }
std::uint64_t sign_extended(std::uint64_t value) {
  return static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(value)});
}

Registers widened(const user_regs_struct& from) {
  Registers to{};
  for (const Slot& slot : kSlots) to.*slot.wide = zero_extended(from.*slot.narrow);
  to.orig_rax = sign_extended(to.orig_rax);
  // While a call is being left, what it gives: arch/x86/include/asm/syscall.h, syscall_get_error().
  if (static_cast<std::int64_t>(to.orig_rax) >= 0) to.rax = sign_extended(to.rax);
  return to;
}

// Numbers and pointers go to ptrace() as what glibc's takes from its variable arguments.
Status poke_user(Pid tid, std::size_t offset, std::uint64_t value) {
  if (ptrace(PTRACE_POKEUSER, raw(tid), offset, static_cast<long>(value)) != -1) return Done{};
  return Error{"PTRACE_POKEUSER", tid, errno};
}

}  // namespace

// By PTRACE_GETREGSET, because that gives the registers of a 64-bit program, and not their halves:
// so one is known for what it is.
Result<Registers> get_regs(Pid tid) {
  union {
    user_regs_struct narrow;
    Registers wide;
  } regs{};
  iovec room{&regs, sizeof regs};
  if (ptrace(PTRACE_GETREGSET, raw(tid), NT_PRSTATUS, &room) == -1) {
    return Error{"PTRACE_GETREGSET", tid, errno};
  }
  return room.iov_len == sizeof regs.narrow ? widened(regs.narrow) : regs.wide;
}

Status set_regs(Pid tid, const Registers& regs) {
  if (abi_of(regs) != Abi::kI386) return Error{"PTRACE_SETREGS", tid, ENOTSUP};
  user_regs_struct narrow{};
  for (const Slot& slot : kSlots) narrow.*slot.narrow = static_cast<long>(regs.*slot.wide);
  if (ptrace(PTRACE_SETREGS, raw(tid), nullptr, &narrow) != -1) return Done{};
  return Error{"PTRACE_SETREGS", tid, errno};
}

Status poke_register(Pid tid, RegisterMember which, std::uint64_t value) {
  const auto slot = std::find_if(kSlots.begin(), kSlots.end(), [which](const Slot& candidate) {
    return candidate.wide == which;
  });
  if (slot == kSlots.end()) return Error{"PTRACE_POKEUSER", tid, EINVAL};
  const user_regs_struct regs{};
  const auto offset = reinterpret_cast<const std::byte*>(&(regs.*(slot->narrow))) -
                      reinterpret_cast<const std::byte*>(&regs);
  return poke_user(tid, static_cast<std::size_t>(offset), value);
}

Status set_debug_register(Pid tid, std::size_t index, std::uint64_t value) {
  return poke_user(tid, offsetof(struct user, u_debugreg) + index * sizeof(int), value);
}

// The selector names an entry of the thread's own in the GDT: set_thread_area(2).
std::uint64_t thread_pointer(Pid tid, const Registers& regs) {
  user_desc area{};
  const std::size_t entry = static_cast<std::size_t>(regs.gs) >> 3;
  if (ptrace(PTRACE_GET_THREAD_AREA, raw(tid), entry, &area) == -1) return 0;
  return area.base_addr;
}

long pid_by_32bit_entry() {
  long result = 20;
  asm volatile("int $0x80" : "+a"(result) : : "memory");
  return result;
}

void set_groups_of_thread(const std::vector<gid_t>& groups) {
  (void)syscall(SYS_setgroups32, groups.size(), groups.data());
}

}  // namespace ttrace
