// The part of Connects about delays: a thread sleeps in its own system call, not in the tracer.
#include <algorithm>
#include <climits>

#include "tracer/intercept/connects.h"

namespace ttrace {
namespace {

constexpr std::int64_t kRestartSys = -512;     // ERESTARTSYS, linux/errno.h
constexpr std::int64_t kRestartNoIntr = -513;  // ERESTARTNOINTR
constexpr std::uint64_t kPoll64 = 7, kPoll32 = 168;
constexpr std::uint64_t kSyscallInstruction = 2;  // bytes of `syscall` and of `int $0x80`

void copy_args(Abi abi, const Registers& from, Registers& to) {
  const auto& members = argument_registers(abi);
  for (std::size_t i = 0; i < 3; ++i) to.*members[i] = from.*members[i];
}

}  // namespace

// The thread sleeps in a poll of nothing, which signals end as they end a connect, and makes its
// call when it wakes. No other thread notices.
Interceptor::Next Connects::sleep_instead(SyscallStop& stop, ConnectAttempt& attempt) {
  Registers regs = attempt.regs;
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(attempt.sleep_until - parts_.sink.elapsed());
  Registers asked{};
  asked.rdx = static_cast<std::uint64_t>(std::clamp<std::int64_t>(left.count(), 0, INT_MAX));
  copy_args(attempt.abi, asked, regs);
  regs.orig_rax = attempt.abi == Abi::kI386 ? kPoll32 : kPoll64;
  (void)set_regs(stop.tid(), regs);
  attempt.state = ConnectAttempt::State::kSleeping;
  return Next::kStopAtExit;
}

/// True: the connect is over. Otherwise it is yet to be made.
bool Connects::woke_up(SyscallStop& stop, ConnectAttempt& attempt) {
  auto regs = get_regs(stop.tid());
  if (!regs) return true;
  copy_args(attempt.abi, attempt.regs, *regs);
  const auto number = static_cast<std::uint64_t>(raw(stop.nr));
  const bool over = !is_interrupted(stop.result) && attempt.plan.result;
  if (is_interrupted(stop.result)) {
    // The signal's handler runs, and the call is made again. EINTR would say that the kernel goes
    // on connecting, which is so for no call that was not made; a unix connect just ends.
    regs->orig_rax = number;
    regs->rax = static_cast<std::uint64_t>(attempt.plan.result ? kRestartSys : kRestartNoIntr);
    attempt.state = ConnectAttempt::State::kInterrupted;
    attempt.interrupted = parts_.sink.elapsed();
  } else if (over) {
    regs->orig_rax = ~std::uint64_t{0};
    regs->rax = static_cast<std::uint64_t>(*attempt.plan.result);
    stop.result = *attempt.plan.result;
  } else {
    regs->orig_rax = ~std::uint64_t{0};
    regs->rax = number;
    regs->rip -= kSyscallInstruction;
    attempt.state = ConnectAttempt::State::kSlept;
  }
  (void)set_regs(stop.tid(), *regs);
  return over;
}

}  // namespace ttrace
