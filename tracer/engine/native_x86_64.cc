#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

#include "tracer/engine/native.h"

namespace ttrace {
namespace {

static_assert(sizeof(Registers) == sizeof(user_regs_struct));
static_assert(offsetof(Registers, orig_rax) == offsetof(user_regs_struct, orig_rax));
static_assert(offsetof(Registers, gs) == offsetof(user_regs_struct, gs));

std::size_t offset_of(RegisterMember which) {
  const Registers regs{};
  return static_cast<std::size_t>(reinterpret_cast<const std::byte*>(&(regs.*which)) -
                                  reinterpret_cast<const std::byte*>(&regs));
}

Status poke_user(Pid tid, std::size_t offset, std::uint64_t value) {
  if (ptrace(PTRACE_POKEUSER, raw(tid), offset, value) != -1) return Done{};
  return Error{"PTRACE_POKEUSER", tid, errno};
}

}  // namespace

// The kernel fills the 64-bit structure for i386 threads too.
Result<Registers> get_regs(Pid tid) {
  Registers regs{};
  if (ptrace(PTRACE_GETREGS, raw(tid), 0, &regs) == -1) return Error{"PTRACE_GETREGS", tid, errno};
  return regs;
}

Status set_regs(Pid tid, const Registers& regs) {
  if (ptrace(PTRACE_SETREGS, raw(tid), 0, &regs) != -1) return Done{};
  return Error{"PTRACE_SETREGS", tid, errno};
}

Status poke_register(Pid tid, RegisterMember which, std::uint64_t value) {
  return poke_user(tid, offset_of(which), value);
}

Status set_debug_register(Pid tid, std::size_t index, std::uint64_t value) {
  return poke_user(tid, offsetof(struct user, u_debugreg) + index * sizeof value, value);
}

std::uint64_t thread_pointer(Pid /*tid*/, const Registers& regs) { return regs.gs_base; }

long pid_by_32bit_entry() {
  long result = 20;
  asm volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
  return result;
}

void set_groups_of_thread(const std::vector<gid_t>& groups) {
  (void)syscall(SYS_setgroups, groups.size(), groups.data());
}

}  // namespace ttrace
