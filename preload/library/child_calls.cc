// The calls by which a process learns how a child ended: of a child that crashed nobody else can
// tell whether a core was dumped.
#include <errno.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "preload/library/next.h"
#include "preload/library/steps.h"
#include "preload/library/writer.h"

namespace ttrace::preload {
namespace {

/// `status` as wait(2) has it.
void tell_end(int child, int status) {
  if (!(head().watch & kWatchCrash) || child <= 0) return;
  if (!WIFEXITED(status) && !WIFSIGNALED(status)) return;
  auto* const record = reserve_as<ChildEndedRecord>(Kind::kChildEnded);
  if (!record) return;
  record->child = child;
  record->status = status;
  commit(&record->record);
  tell_step({StepRecord::kWaited, "wait4", 0, child, status});
}

/// `wait` is given where to put the status.
template <typename Wait>
int tell_of(int* status, const Wait& wait) {
  int own = 0;
  const int child = wait(status ? status : &own);
  tell_end(child, status ? *status : own);
  return child;
}

}  // namespace

TTRACE_STAND_IN(int, wait, (int* status)) {
  constinit static Next<int(int*)> next{"wait"};
  return tell_of(status, [](int* to) { return next.get()(to); });
}

TTRACE_STAND_IN(int, waitpid, (int which, int* status, int options)) {
  constinit static Next<int(int, int*, int)> next{"waitpid"};
  return tell_of(status, [=](int* to) { return next.get()(which, to, options); });
}

#define TTRACE_WAIT_3(name)                                                          \
  TTRACE_STAND_IN(int, name, (int* status, int options, void* usage)) {              \
    constinit static Next<int(int*, int, void*)> next{#name};                        \
    return tell_of(status, [=](int* to) { return next.get()(to, options, usage); }); \
  }
#define TTRACE_WAIT_4(name)                                                                 \
  TTRACE_STAND_IN(int, name, (int which, int* status, int options, void* usage)) {          \
    constinit static Next<int(int, int*, int, void*)> next{#name};                          \
    return tell_of(status, [=](int* to) { return next.get()(which, to, options, usage); }); \
  }
TTRACE_WAIT_3(wait3)
TTRACE_WAIT_4(wait4)
#ifdef __i386__
TTRACE_WAIT_3(__wait3_time64)
TTRACE_WAIT_4(__wait4_time64)
#endif

TTRACE_STAND_IN(int, waitid, (int type, u32 which, siginfo_t* info, int options)) {
  constinit static Next<int(int, u32, siginfo_t*, int)> next{"waitid"};
  const int result = next.get()(type, which, info, options);
  if (result != 0 || !info || (options & WNOWAIT)) return result;
  constexpr int kCoreFlag = 0x80;
  if (info->si_code == CLD_EXITED) tell_end(info->si_pid, (info->si_status & 0xff) << 8);
  if (info->si_code == CLD_KILLED) tell_end(info->si_pid, info->si_status);
  if (info->si_code == CLD_DUMPED) tell_end(info->si_pid, info->si_status | kCoreFlag);
  return result;
}

}  // namespace ttrace::preload
