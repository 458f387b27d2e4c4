#include "preload/library/signals.h"

#include <errno.h>
#include <sys/mman.h>

#include "preload/library/crash.h"
#include "preload/library/next.h"
#include "preload/library/program.h"
#include "preload/library/steps.h"
#include "preload/library/writer.h"

namespace ttrace::preload {
namespace {

using Action = struct sigaction;

constexpr int kCoreSignals[] = {SIGQUIT, SIGILL,  SIGTRAP, SIGABRT, SIGBUS,
                                SIGFPE,  SIGSEGV, SIGXCPU, SIGXFSZ, SIGSYS};
constexpr int kSignalCount = 32;

// What the program set for a signal, in one word: the handler (SIG_DFL, SIG_IGN) and what of its
// flags differs in the kernel, in bits that no address has.
constexpr u64 kPlain = u64{1} << 63;      // no SA_SIGINFO
constexpr u64 kOneShot = u64{1} << 62;    // SA_RESETHAND
constexpr u64 kUntouched = u64{1} << 61;  // the kernel's own, without a restorer
constexpr u64 kFlags = kPlain | kOneShot | kUntouched;
constexpr int kRestorer = 0x04000000;  // SA_RESTORER, which the C library adds and does not hide
u64 actions[kSignalCount];
u32 being_set = 0;     // a lock of those who change an action
u32 interrupting = 0;  // signals for which siginterrupt() was asked, by bits
u32* owner = nullptr;  // the process; on a page of its own, which a forked child finds empty

Next<int(int, const Action*, Action*)> next_sigaction{"sigaction"};

unsigned long handler_in(u64 word) { return static_cast<unsigned long>(word & ~kFlags); }

unsigned long handler_of(const Action& action) {
  return reinterpret_cast<unsigned long>(action.sa_sigaction);
}

constexpr unsigned long kDefault = 0, kIgnore = 1;  // SIG_DFL, SIG_IGN

bool is_core_signal(int signal) {
  for (const int one : kCoreSignals) {
    if (signal == one) return true;
  }
  return false;
}

u64 word_of(const Action& action) {
  return u64{handler_of(action)} | (action.sa_flags & SA_SIGINFO ? 0 : kPlain) |
         (static_cast<unsigned>(action.sa_flags) & SA_RESETHAND ? kOneShot : 0);
}

/// Nothing that interrupts this thread may set an action meanwhile.
class Exclusive {
 public:
  Exclusive() {
    const u64 all = ~u64{0};
    system_call(SYS_rt_sigprocmask, SIG_SETMASK, address_of(&all), address_of(&mask_), sizeof all);
    while (__atomic_exchange_n(&being_set, 1, __ATOMIC_ACQUIRE)) __builtin_ia32_pause();
  }
  ~Exclusive() {
    __atomic_store_n(&being_set, 0, __ATOMIC_RELEASE);
    system_call(SYS_rt_sigprocmask, SIG_SETMASK, address_of(&mask_), 0, sizeof mask_);
  }
  Exclusive(const Exclusive&) = delete;
  Exclusive& operator=(const Exclusive&) = delete;

 private:
  u64 mask_ = 0;
};

/// The action as the program set it, from what the kernel says.
void show(u64 word, Action* action) {
  if (action->sa_sigaction != &ttrace_on_signal) return;
  action->sa_sigaction = reinterpret_cast<void (*)(int, siginfo_t*, void*)>(handler_in(word));
  if (word & kPlain) action->sa_flags &= ~SA_SIGINFO;
  if (word & kUntouched) action->sa_flags &= ~kRestorer;
}

Action in_place_of(const Action& given) {
  Action placed = given;
  placed.sa_sigaction = &ttrace_on_signal;
  placed.sa_flags |= SA_SIGINFO;
  return placed;
}

/// sigaction(), for a signal that is watched, by the process that owns its memory.
int exchange(int signal, const Action* given, Action* former) {
  const bool places = given && handler_of(*given) != kIgnore;
  const Action placed = places ? in_place_of(*given) : Action{};
  Action before{};
  const Exclusive exclusive;
  const u64 known = __atomic_load_n(&actions[signal], __ATOMIC_RELAXED);
  if (given) __atomic_store_n(&actions[signal], word_of(*given), __ATOMIC_RELEASE);
  const int result = next_sigaction.get()(signal, places ? &placed : given, &before);
  if (result != 0) {
    __atomic_store_n(&actions[signal], known, __ATOMIC_RELEASE);
  } else if (former) {
    *former = before;
    show(known, former);
  }
  return result;
}

bool is_watched(int signal) { return owner && is_core_signal(signal); }

int set_action(int signal, const Action* given, Action* former) {
  auto* const real = next_sigaction.get();
  if (!is_watched(signal)) return real(signal, given, former);
  if (!owns_memory()) {
    const int result = real(signal, given, former);
    if (result == 0 && former) {
      show(__atomic_load_n(&actions[signal], __ATOMIC_ACQUIRE), former);
    }
    return result;
  }
  if (!given) return exchange(signal, nullptr, former);
  const Action asked = *given;  // `former` may be the same
  const int result = exchange(signal, &asked, former);
  if (result == 0) {
    tell_action(signal, handler_of(asked), static_cast<u32>(asked.sa_flags));
    tell_step({StepRecord::kSets, "rt_sigaction", signal, 0, 0, 0, handler_of(asked)});
  }
  return result;
}

/// What signal() and its kin return.
sighandler_t set_handler(int signal, sighandler_t handler, unsigned flags, bool blocks_itself) {
  Action action{}, former{};
  action.sa_handler = handler;
  action.sa_flags = static_cast<int>(flags);
  if (blocks_itself) action.sa_mask.__val[0] = 1ul << (signal - 1);
  return set_action(signal, &action, &former) == 0 ? former.sa_handler : SIG_ERR;
}

/// As rt_sigaction(2) has it.
struct KernelAction {
  unsigned long handler, flags, restorer;
  u64 mask;
};

long kernel_action(int signal, const KernelAction* given, KernelAction* former) {
  return system_call(SYS_rt_sigaction, signal, address_of(given), address_of(former), sizeof(u64));
}

/// A handler that was there before the program began is a sanitizer's, which goes by its own notes
/// of what is set: in the kernel alone, the library's takes its place.
void stand_before(int signal, KernelAction action) {
  if (!(action.flags & SA_SIGINFO)) return;
  actions[signal] = action.handler;
  action.handler = reinterpret_cast<unsigned long>(&ttrace_on_signal);
  kernel_action(signal, &action, nullptr);
}

void watch(int signal) {
  KernelAction found{};
  if (kernel_action(signal, nullptr, &found) != 0) return;
  if (found.handler > kIgnore) return stand_before(signal, found);
  actions[signal] = u64{found.handler} | (found.flags & SA_SIGINFO ? 0 : kPlain) |
                    (found.flags & kRestorer ? 0 : kUntouched);
  Action action{};
  if (found.handler == kIgnore || next_sigaction.get()(signal, nullptr, &action) != 0) return;
  const Action placed = in_place_of(action);
  next_sigaction.get()(signal, &placed, nullptr);
}

/// The signal comes again as this one's handler returns, and the kernel does what it does by
/// default: with the registers and the siginfo of the first time.
void come_again(int signal, siginfo_t* info) {
  const Action standard{};
  next_sigaction.get()(signal, &standard, nullptr);
  system_call(SYS_rt_tgsigqueueinfo, system_call(SYS_getpid), system_call(SYS_gettid), signal,
              address_of(info));
}

/// The kernel has set the default action, as SA_RESETHAND asks. Its flags are as they were.
void watch_default_again(int signal, u64 word) {
  Action action{};
  __atomic_store_n(&actions[signal], word & kPlain, __ATOMIC_RELEASE);
  if (next_sigaction.get()(signal, nullptr, &action) != 0 || handler_of(action) != kDefault) return;
  const Action placed = in_place_of(action);
  next_sigaction.get()(signal, &placed, nullptr);
}

}  // namespace

void watch_signals() {
  constexpr long kInit = 1;  // to whom the kernel sends no signal that it has no handler for
  if (!(head().watch & kWatchCrash) || system_call(SYS_getpid) == kInit) return;
  constexpr long kPage = 4096;
  const long page =
      system_call(kMmap, 0, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page < 0 && page > -kPage) return;
  if (system_call(SYS_madvise, page, kPage, MADV_WIPEONFORK) != 0 || !next_sigaction.get()) return;
  owner = reinterpret_cast<u32*>(page);
  *owner = static_cast<u32>(system_call(SYS_getpid));
  for (const int signal : kCoreSignals) watch(signal);
}

bool owns_memory() {
  if (!owner) return true;
  const u32 known = __atomic_load_n(owner, __ATOMIC_ACQUIRE);
  const u32 pid = static_cast<u32>(system_call(SYS_getpid));
  if (known) return known == pid;
  __atomic_store_n(owner, pid, __ATOMIC_RELEASE);
  __atomic_store_n(&being_set, 0, __ATOMIC_RELEASE);
  tell_program(Kind::kForked);
  keep_handler(__builtin_frame_address(0));
  return true;
}

void after_fork() {
  if (owner) {
    owns_memory();
  } else {
    tell_program(Kind::kForked);
  }
}

void before_confinement() {
  if (!owner || !owns_memory()) return;
  stop_telling();
  for (const int signal : kCoreSignals) {
    Action action{};
    if (handler_in(actions[signal]) != kDefault) continue;
    if (set_action(signal, nullptr, &action) == 0) next_sigaction.get()(signal, &action, nullptr);
  }
}

unsigned long ttrace_deliver(int signal, siginfo_t* info, void* context, unsigned has_room,
                             unsigned long frame) {
  const int former_errno = error_number();
  if (signal == SIGBUS && refill_channel(reinterpret_cast<unsigned long>(info->si_addr))) return 0;
  const u64 word = __atomic_load_n(&actions[signal], __ATOMIC_ACQUIRE);
  const unsigned long handler = handler_in(word);
  if (has_room) {
    tell_fatal(signal, *info, context, handler, frame);
  } else {
    count_dropped();
  }
  if (handler == kDefault) {
    come_again(signal, info);
  } else if ((word & kOneShot) && owns_memory()) {
    watch_default_again(signal, word);
  }
  error_number() = former_errno;
  return handler == kIgnore ? kDefault : handler;
}

TTRACE_STAND_IN(int, sigaction, (int signal, const Action* given, Action* former)) {
  return set_action(signal, given, former);
}

TTRACE_STAND_IN(int, __sigaction, (int signal, const Action* given, Action* former)) {
  return set_action(signal, given, former);
}

// glibc, signal/signal.c, sysdeps/posix/signal.c, sysv_signal.c, sigset.c, sigintr.c.
#define TTRACE_BSD_SIGNAL(name)                                                        \
  TTRACE_STAND_IN(sighandler_t, name, (int signal, sighandler_t handler)) {            \
    constinit static Next<sighandler_t(int, sighandler_t)> next{#name};                \
    if (!is_watched(signal) || handler == SIG_ERR) return next.get()(signal, handler); \
    const bool restarts = !(interrupting >> signal & 1);                               \
    return set_handler(signal, handler, restarts ? SA_RESTART : 0, true);              \
  }
TTRACE_BSD_SIGNAL(signal)
TTRACE_BSD_SIGNAL(bsd_signal)
TTRACE_BSD_SIGNAL(ssignal)

#define TTRACE_SYSV_SIGNAL(name)                                                        \
  TTRACE_STAND_IN(sighandler_t, name, (int signal, sighandler_t handler)) {             \
    constinit static Next<sighandler_t(int, sighandler_t)> next{#name};                 \
    if (!is_watched(signal) || handler == SIG_ERR) return next.get()(signal, handler);  \
    constexpr unsigned kInterrupt = 0x20000000; /* SA_INTERRUPT */                      \
    return set_handler(signal, handler, SA_RESETHAND | SA_NODEFER | kInterrupt, false); \
  }
TTRACE_SYSV_SIGNAL(sysv_signal)
TTRACE_SYSV_SIGNAL(__sysv_signal)

TTRACE_STAND_IN(int, siginterrupt, (int signal, int interrupts)) {
  constinit static Next<int(int, int)> next{"siginterrupt"};
  if (!is_watched(signal)) return next.get()(signal, interrupts);
  Action action{};
  if (set_action(signal, nullptr, &action) != 0) return -1;
  if (interrupts) {
    __atomic_fetch_or(&interrupting, 1u << signal, __ATOMIC_RELAXED);
    action.sa_flags &= ~SA_RESTART;
  } else {
    __atomic_fetch_and(&interrupting, ~(1u << signal), __ATOMIC_RELAXED);
    action.sa_flags |= SA_RESTART;
  }
  return set_action(signal, &action, nullptr);
}

}  // namespace ttrace::preload
