#include "tracer/engine/harmless_calls.h"

#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "tracer/engine/ptrace.h"

namespace ttrace {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t kFrame = 64;  // where the registers lie in the room, behind the code
constexpr int kSyscallStop = SIGTRAP | 0x80;
constexpr int kAskedStop = (SIGTRAP | PTRACE_EVENT_STOP << 8) << 8 | 0x7f;

template <typename Word>
void append(Bytes& to, std::uint64_t value) {
  const auto word = static_cast<Word>(value);
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(&word);
  to.insert(to.end(), bytes, bytes + sizeof word);
}

/// The registers with which the thread would go on in user code: an interrupted call is made again
/// (arch/x86/kernel/signal.c, arch_do_signal_or_restart()).
Registers resolved(Registers regs) {
  constexpr std::int64_t kRestartBlock = -516;
  const auto result = static_cast<std::int64_t>(regs.rax);
  if (static_cast<std::int64_t>(regs.orig_rax) < 0 || !is_restart(result)) return regs;
  const std::uint64_t restart_syscall = abi_of(regs) == Abi::kI386 ? 0 : 219;
  regs.rax = result == kRestartBlock ? restart_syscall : regs.orig_rax;
  regs.rip -= 2;
  return regs;
}

// syscall; lea frame(%rip), %rsp; pop %r15 … %rdi; popf; mov sp(%rip), %rsp; jmp *ip(%rip)
Bytes code_x86_64(const Registers& r) {
  Bytes code = {0x0f, 0x05, 0x48, 0x8d, 0x25};
  append<std::uint32_t>(code, kFrame - 9);
  for (const int byte : {0x41, 0x5f, 0x41, 0x5e, 0x41, 0x5d, 0x41, 0x5c, 0x5d, 0x5b, 0x41, 0x5b,
                         0x41, 0x5a, 0x41, 0x59, 0x41, 0x58, 0x58, 0x59, 0x5a, 0x5e, 0x5f, 0x9d}) {
    code.push_back(static_cast<std::uint8_t>(byte));
  }
  const std::uint64_t words[] = {r.r15, r.r14, r.r13, r.r12, r.rbp, r.rbx, r.r11,    r.r10, r.r9,
                                 r.r8,  r.rax, r.rcx, r.rdx, r.rsi, r.rdi, r.eflags, r.rsp, r.rip};
  constexpr std::size_t kSp = kFrame + 16 * 8, kIp = kSp + 8;
  code.insert(code.end(), {0x48, 0x8b, 0x25});
  append<std::uint32_t>(code, kSp - (code.size() + 4));
  code.insert(code.end(), {0xff, 0x25});
  append<std::uint32_t>(code, kIp - (code.size() + 4));
  code.resize(kFrame, 0xcc);
  for (const std::uint64_t word : words) append<std::uint64_t>(code, word);
  return code;
}

// int $0x80; mov $frame, %esp; popa; popf; mov sp, %esp; jmp *ip
Bytes code_i386(const Registers& r, std::uint64_t room) {
  const std::uint64_t words[] = {r.rdi, r.rsi, r.rbp,    0,     r.rbx, r.rdx,
                                 r.rcx, r.rax, r.eflags, r.rsp, r.rip};
  const std::uint64_t sp = room + kFrame + 9 * 4, ip = sp + 4;
  Bytes code = {0xcd, 0x80, 0xbc};
  append<std::uint32_t>(code, room + kFrame);
  code.insert(code.end(), {0x61, 0x9d, 0x8b, 0x25});
  append<std::uint32_t>(code, sp);
  code.insert(code.end(), {0xff, 0x25});
  append<std::uint32_t>(code, ip);
  code.resize(kFrame, 0xcc);
  for (const std::uint64_t word : words) append<std::uint32_t>(code, word);
  return code;
}

void set_call(Registers& regs, SyscallNr nr, const std::array<std::uint64_t, 6>& args) {
  regs.rax = static_cast<std::uint64_t>(raw(nr));
  regs.orig_rax = ~std::uint64_t{0};  // no call is being left: the kernel must not restart one
  set_arguments(regs, args);
}

}  // namespace

HarmlessCalls::HarmlessCalls(Pid process, Pid tid, RemotePtr room)
    : tid_(tid), room_(room), memory_(process), status_(kAskedStop) {
  const auto regs = get_regs(tid);
  Bytes former(kHarmlessRoom);
  if (!regs || !read_memory(process, room, former.data(), former.size())) return;
  saved_ = *regs;
  const Bytes restoring = code();
  if (memory_.write(room, restoring.data(), restoring.size())) former_ = std::move(former);
}

HarmlessCalls::~HarmlessCalls() {
  if (!former_.empty()) (void)memory_.write(room_, former_.data(), former_.size());
}

Bytes HarmlessCalls::code() const {
  const Registers regs = resolved(saved_);
  return abi_of(saved_) == Abi::kI386 ? code_i386(regs, raw(room_)) : code_x86_64(regs);
}

Status HarmlessCalls::run_to(bool to_event) {
  int status = 0;
  pid_t stopped;
  // The stop that was asked for may be due again: asked for while the thread stood in the first.
  for (int again = 0; again < 2; ++again) {
    if (auto resumed = resume(tid_, Resume::kToSyscall); !resumed) return resumed;
    do {
      stopped = waitpid(raw(tid_), &status, __WALL);
    } while (stopped < 0 && errno == EINTR);
    if (to_event || status != kAskedStop) break;
  }
  status_ = status;
  if (stopped < 0 || !WIFSTOPPED(status)) return Error{"wait", tid_, ESRCH};
  if (to_event ? status == kAskedStop : WSTOPSIG(status) == kSyscallStop) return Done{};
  return Error{"wait", tid_, status >> 16 == PTRACE_EVENT_EXIT ? ESRCH : EINTR};
}

// Where the thread has been stopped by a signal: it is handled as if it had come before the call.
Result<std::uint64_t> HarmlessCalls::finish(Error error) {
  if (!error.gone()) (void)set_regs(tid_, saved_);
  return error;
}

Result<std::uint64_t> HarmlessCalls::call(SyscallNr nr, std::array<std::uint64_t, 6> args) {
  if (former_.empty()) return Error{"harmless call", tid_, EFAULT};
  Registers regs = saved_;
  set_call(regs, nr, args);
  regs.rip = raw(room_);
  if (auto status = set_regs(tid_, regs); !status) return status.error();
  for (int entry_and_exit = 0; entry_and_exit < 2; ++entry_and_exit) {
    if (auto status = run_to(false); !status) return finish(status.error());
  }
  const auto after = get_regs(tid_);
  // Only in a stop like this, where the kernel looks at signals next, does it look at the result of
  // the call that was interrupted before, too.
  if (auto status = interrupt(tid_); !status) return status.error();
  if (auto status = run_to(true); !status) return finish(status.error());
  if (auto status = set_regs(tid_, saved_); !status) return status.error();
  if (!after) return after.error();
  const bool narrow = abi_of(saved_) == Abi::kI386;
  const std::int64_t result =
      narrow ? static_cast<std::int32_t>(after->rax) : static_cast<std::int64_t>(after->rax);
  if (result < 0 && result > -4096) {
    return Error{"harmless call", tid_, static_cast<int>(-result)};
  }
  return narrow ? after->rax & 0xffffffffu : after->rax;
}

}  // namespace ttrace
