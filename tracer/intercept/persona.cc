#include "tracer/intercept/persona.h"

#include <cerrno>

#include "tracer/intercept/arg_text.h"

namespace ttrace {
namespace {

// arch/x86/entry/syscalls/syscall_32.tbl, the entries that CONFIG_COMPAT_32BIT_TIME governs: those
// whose handlers end in _time32 (kernel/sys_ni.c and COND_SYSCALL in Linux 6.1).
const std::vector<const char*> kTime32 = {"time",
                                          "stime",
                                          "utime",
                                          "utimes",
                                          "futimesat",
                                          "utimensat",
                                          "clock_settime",
                                          "clock_gettime",
                                          "clock_getres",
                                          "clock_nanosleep",
                                          "nanosleep",
                                          "timer_settime",
                                          "timer_gettime",
                                          "timerfd_settime",
                                          "timerfd_gettime",
                                          "futex",
                                          "sched_rr_get_interval",
                                          "mq_timedsend",
                                          "mq_timedreceive",
                                          "rt_sigtimedwait",
                                          "pselect6",
                                          "ppoll",
                                          "recvmmsg",
                                          "io_getevents",
                                          "adjtimex",
                                          "clock_adjtime"};

// The same table, 403 to 423: new in Linux 5.1.
const std::vector<const char*> kTime64 = {"clock_gettime64",        "clock_settime64",
                                          "clock_adjtime64",        "clock_getres_time64",
                                          "clock_nanosleep_time64", "timer_gettime64",
                                          "timer_settime64",        "timerfd_gettime64",
                                          "timerfd_settime64",      "utimensat_time64",
                                          "pselect6_time64",        "ppoll_time64",
                                          "io_pgetevents_time64",   "recvmmsg_time64",
                                          "mq_timedsend_time64",    "mq_timedreceive_time64",
                                          "semtimedop_time64",      "rt_sigtimedwait_time64",
                                          "futex_time64",           "sched_rr_get_interval_time64"};

}  // namespace

const std::vector<const char*>& refused_calls(KernelPersona persona) {
  static const std::vector<const char*> none;
  if (persona == KernelPersona::kNative) return none;
  return persona == KernelPersona::kNoTime32 ? kTime32 : kTime64;
}

void Persona::subscribe(std::vector<Subscription>& subscriptions) {
  for (const char* name : refused_calls(parts_.persona)) add(subscriptions, Abi::kI386, name);
}

Interceptor::Next Persona::on_entry(SyscallStop& stop) {
  const int error = parts_.persona == KernelPersona::kEpermTime64 ? EPERM : ENOSYS;
  stop.skip(-error);
  report(stop, error);
  return Next::kGoOn;
}

void Persona::report(SyscallStop& stop, int error) {
  auto path = parts_.paths.first_time(stop);
  if (!path) return;
  Event event = parts_.sink.make(*stop.tracee.process, stop.tid());
  CallRefused what;
  what.path_id = path->id;
  what.is_time32 = parts_.persona == KernelPersona::kNoTime32;
  what.error = error == EPERM ? "EPERM" : "ENOSYS";
  what.syscall = syscall_text(stop, -error);
  what.stack = std::move(path->stack);
  event.what = std::move(what);
  parts_.sink.emit(event);
}

}  // namespace ttrace
