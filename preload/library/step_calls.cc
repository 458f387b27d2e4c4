// The calls by which handlers of fatal signals end a process, or let it go on: each is told of only
// there (steps.h).
#include <errno.h>
#include <unistd.h>

#include "preload/library/next.h"
#include "preload/library/steps.h"

namespace ttrace::preload {

using What = StepRecord::What;

TTRACE_STAND_IN(int, raise, (int signal)) {
  constinit static Next<int(int)> next{"raise"};
  tell_step({What::kRaises, "tgkill", signal});
  return next.get()(signal);
}

TTRACE_STAND_IN(int, kill, (int process, int signal)) {
  constinit static Next<int(int, int)> next{"kill"};
  const bool is_own = process == static_cast<int>(system_call(SYS_getpid));
  tell_step({What::kRaises, "kill", signal, is_own ? 0 : process});
  return next.get()(process, signal);
}

TTRACE_STAND_IN(int, tgkill, (int process, int thread, int signal)) {
  constinit static Next<int(int, int, int)> next{"tgkill"};
  const bool is_own = process == static_cast<int>(system_call(SYS_getpid));
  tell_step({What::kRaises, "tgkill", signal, is_own ? 0 : process});
  return next.get()(process, thread, signal);
}

TTRACE_STAND_IN(int, pthread_kill, (unsigned long thread, int signal)) {
  constinit static Next<int(unsigned long, int)> next{"pthread_kill"};
  tell_step({What::kRaises, "tgkill", signal});
  return next.get()(thread, signal);
}

TTRACE_STAND_IN(void, abort, ()) {
  constinit static Next<void()> next{"abort"};
  constexpr int kAbort = 6;
  tell_step({What::kRaises, "tgkill", kAbort});
  next.get()();
  __builtin_unreachable();
}

#define TTRACE_EXIT(name)                                  \
  TTRACE_STAND_IN(void, name, (int status)) {              \
    constinit static Next<void(int)> next{#name};          \
    tell_step({What::kExits, #name, 0, 0, status & 0xff}); \
    next.get()(status);                                    \
    __builtin_unreachable();                               \
  }
TTRACE_EXIT(exit)
TTRACE_EXIT(_exit)
TTRACE_EXIT(_Exit)

#define TTRACE_JUMP(name)                                 \
  TTRACE_STAND_IN(void, name, (void* place, int value)) { \
    constinit static Next<void(void*, int)> next{#name};  \
    tell_step({What::kJumps, #name});                     \
    next.get()(place, value);                             \
    __builtin_unreachable();                              \
  }
TTRACE_JUMP(longjmp)
TTRACE_JUMP(_longjmp)
TTRACE_JUMP(siglongjmp)
TTRACE_JUMP(__longjmp_chk)

TTRACE_STAND_IN(long, write, (int fd, const void* bytes, unsigned long size)) {
  constinit static Next<long(int, const void*, unsigned long)> next{"write"};
  const long result = next.get()(fd, bytes, size);
  if (result > 0) {
    tell_step({What::kWrites, "write", 0, 0, fd, result, 0, static_cast<const char*>(bytes),
               static_cast<u64>(result)});
  }
  return result;
}

}  // namespace ttrace::preload
