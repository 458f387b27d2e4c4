#include "preload/library/crash.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <ucontext.h>
#include <unistd.h>

#include "preload/library/stack.h"
#include "preload/library/steps.h"
#include "preload/library/writer.h"

namespace ttrace::preload {
namespace {

constexpr unsigned long kPage = 4096;
constexpr u32 kMostTold = 32;  // of one process: a virtual machine handles its faults and goes on
u32 told = 0;
bool is_silent = false;

// The kernel's numbers for the registers in a ucontext, in the order of the ABI's DWARF numbering.
#ifdef __x86_64__
constexpr int kRegisters[] = {REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI,
                              REG_RBP, REG_RSP, REG_R8,  REG_R9,  REG_R10, REG_R11,
                              REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP};
constexpr int kStackPointer = REG_RSP, kInstruction = REG_RIP;
#else
constexpr int kRegisters[] = {REG_EAX, REG_ECX, REG_EDX, REG_EBX, REG_ESP,
                              REG_EBP, REG_ESI, REG_EDI, REG_EIP};
constexpr int kStackPointer = REG_ESP, kInstruction = REG_EIP;
#endif

StackCopy place_of(const ucontext_t& context) {
  const auto& registers = context.uc_mcontext.gregs;
  StackCopy place{};
  u32 i = 0;
  for (const int number : kRegisters) {
    place.registers[i++] = static_cast<unsigned long>(registers[number]);
  }
  place.ip = static_cast<unsigned long>(registers[kInstruction]);
  place.sp = static_cast<unsigned long>(registers[kStackPointer]);
  return place;
}

u64 soft_limit(int resource) {
  struct {
    u64 soft, hard;
  } limit{~u64{0}, ~u64{0}};
  system_call(SYS_prlimit64, 0, resource, 0, address_of(&limit));
  return limit.soft;
}

void add_core_conditions(FatalRecord* record) {
  record->core_limit = soft_limit(RLIMIT_CORE);
  record->file_limit = soft_limit(RLIMIT_FSIZE);
  record->stack_limit = soft_limit(RLIMIT_STACK);
  record->dumpable = static_cast<i32>(system_call(SYS_prctl, PR_GET_DUMPABLE));
#ifdef __i386__
  record->uid = static_cast<u32>(system_call(SYS_geteuid32));
  record->gid = static_cast<u32>(system_call(SYS_getegid32));
#else
  record->uid = static_cast<u32>(system_call(SYS_geteuid));
  record->gid = static_cast<u32>(system_call(SYS_getegid));
#endif
  const long size = system_call(SYS_readlinkat, AT_FDCWD, address_of("/proc/self/cwd"),
                                address_of(record->directory), sizeof record->directory - 1);
  record->directory[size > 0 ? size : 0] = '\0';
}

/// The kernel laid the context on the stack that the handler runs on.
u64 alternate_size(const ucontext_t& context) {
  const auto at = reinterpret_cast<unsigned long>(&context);
  const auto begin = reinterpret_cast<unsigned long>(context.uc_stack.ss_sp);
  return at - begin < context.uc_stack.ss_size ? context.uc_stack.ss_size : 0;
}

/// In the kernel's way into a system call (__kernel_vsyscall): ttrace has no unwind tables of it,
/// and it keeps three registers (Linux 6.1 arch/x86/entry/vdso/vdso32/system_call.S).
void leave_vdso([[maybe_unused]] StackCopy* place) {
#ifdef __i386__
  constexpr unsigned long kSize = 32;
  unsigned long begin;
  asm("mov %%gs:0x10, %0" : "=r"(begin));
  if (place->ip - begin >= kSize || probed_stack(static_cast<unsigned long>(place->sp)) < 16)
    return;
  const auto* const kept = reinterpret_cast<const u32*>(static_cast<unsigned long>(place->sp));
  place->registers[5] = kept[0];  // ebp
  place->registers[2] = kept[1];  // edx
  place->registers[1] = kept[2];  // ecx
  place->registers[8] = place->ip = kept[3];
  place->sp += 16;
  place->registers[4] = place->sp;
#endif
}

/// A signal that a process sent; else the kernel made it.
bool was_sent(const siginfo_t& info) {
  return info.si_code == SI_USER || info.si_code == SI_TKILL || info.si_code == SI_QUEUE;
}

}  // namespace

void stop_telling() { __atomic_store_n(&is_silent, true, __ATOMIC_RELAXED); }

void tell_action(int signal, unsigned long handler, u32 flags) {
  auto* const record = reserve_as<ActionRecord>(Kind::kAction);
  if (!record) return;
  record->signal = signal;
  record->flags = flags;
  record->handler = handler;
  commit(&record->record);
}

void tell_fatal(int signal, const siginfo_t& info, void* context, unsigned long handler,
                unsigned long frame) {
  if (__atomic_load_n(&is_silent, __ATOMIC_RELAXED)) return count_dropped();
  if (__atomic_fetch_add(&told, 1, __ATOMIC_RELAXED) >= kMostTold) return;
  const auto& where = *static_cast<const ucontext_t*>(context);
  StackCopy place = place_of(where);
  look_if_left(static_cast<unsigned long>(place.sp));
  tell_maps_anew();
  leave_vdso(&place);
  // A stack that is full ends where it points to.
  for (u32 i = 0; i < 2 && !probed_stack(static_cast<unsigned long>(place.sp)); ++i) {
    place.sp = (place.sp & ~u64{kPage - 1}) + kPage;
  }
  const auto stack_pointer = static_cast<unsigned long>(place.sp);
  const StackParts parts = stack_parts(stack_pointer, probed_stack(stack_pointer));
  auto* const record = reserve_as<FatalRecord>(Kind::kFatal, parts.size());
  if (!record) return;
  record->signal = signal;
  record->code = info.si_code;
  record->address = was_sent(info) ? 0 : reinterpret_cast<unsigned long>(info.si_addr);
  record->sender = was_sent(info) ? info.si_pid : 0;
  record->handler = handler;
  record->eflags = static_cast<unsigned long>(where.uc_mcontext.gregs[REG_EFL]);
  record->alternate_size = alternate_size(where);
  add_core_conditions(record);
  copy_stack(record->stack, place, 0, parts);
  commit(&record->record);
  if (handler > 1) {
    const auto stack = reinterpret_cast<unsigned long>(where.uc_stack.ss_sp);
    enter_handler(frame, alternate_size(where) ? stack : 0);
  }
}

}  // namespace ttrace::preload
