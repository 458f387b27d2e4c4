// The calls through which a target hands a time to the kernel, one row each. Sources: the man
// section 2 page of the call, and the kernel's syscall_32.tbl and syscall_64.tbl (Linux 6.1); on
// i386 the calls with a 64-bit time are those of Linux 5.1.
#include <fmt/format.h>
#include <linux/futex.h>
#include <sys/timerfd.h>
#include <time.h>

#include <fstream>
#include <sstream>

#include "tracer/intercept/time_args.h"

namespace ttrace {
namespace {

using Kind = Meaning::Kind;
using Condition = Subscription::Condition;
using Op = Condition::Op;

constexpr auto kX = Abi::kX86_64;
constexpr auto kI = Abi::kI386;
constexpr auto kNarrow = Width::kNarrow;
constexpr auto kWide = Width::kWide;

Meaning span(const SyscallStop&) { return {Kind::kSpan}; }
Meaning wall(const SyscallStop&) { return {Kind::kAbsolute, CLOCK_REALTIME}; }
Meaning stamps(const SyscallStop&) { return {Kind::kStamps}; }

// clock_nanosleep(2): clock, flags
Meaning by_sleep_flags(const SyscallStop& stop) {
  if (!(stop.args[1] & TIMER_ABSTIME)) return {Kind::kSpan};
  return {Kind::kAbsolute, static_cast<clockid_t>(stop.args[0])};
}

// futex(2): the meaning of the timeout hangs on the operation.
Meaning by_futex_op(const SyscallStop& stop) {
  const auto op = static_cast<int>(stop.args[1]);
  const clockid_t clock = op & FUTEX_CLOCK_REALTIME ? CLOCK_REALTIME : CLOCK_MONOTONIC;
  switch (op & FUTEX_CMD_MASK) {
    case FUTEX_WAIT:
      return {Kind::kSpan};
    case FUTEX_LOCK_PI:
      return {Kind::kAbsolute, CLOCK_REALTIME};
    case FUTEX_WAIT_BITSET:
    case FUTEX_WAIT_REQUEUE_PI:
    case FUTEX_LOCK_PI2:
      return {Kind::kAbsolute, clock};
    default:
      return {};
  }
}

Meaning by_clock_in_arg4(const SyscallStop& stop) {
  return {Kind::kAbsolute, static_cast<clockid_t>(stop.args[4])};
}

// The clock of a timerfd stands in its fdinfo (proc(5)).
clockid_t timerfd_clock(const SyscallStop& stop) {
  std::ifstream info(
      fmt::format("/proc/{}/fdinfo/{}", raw(stop.pid()), static_cast<int>(stop.args[0])));
  for (std::string key; info >> key;) {
    clockid_t clock;
    if (key == "clockid:" && info >> clock) return clock;
  }
  return CLOCK_MONOTONIC;
}

Meaning by_timerfd(const SyscallStop& stop) {
  if (!(stop.args[1] & TFD_TIMER_ABSTIME)) return {Kind::kSpan};
  return {Kind::kAbsolute, timerfd_clock(stop)};
}

// The clock of a POSIX timer stands in /proc/PID/timers (proc(5), since Linux 3.10).
clockid_t timer_clock(const SyscallStop& stop) {
  std::ifstream timers(fmt::format("/proc/{}/timers", raw(stop.pid())));
  bool ours = false;
  for (std::string line; std::getline(timers, line);) {
    std::istringstream fields(line);
    std::string key;
    int value;
    if (!(fields >> key >> value)) continue;
    if (key == "ID:") ours = value == static_cast<int>(stop.args[0]);
    if (key == "ClockID:" && ours) return value;
  }
  return CLOCK_MONOTONIC;
}

Meaning by_timer(const SyscallStop& stop) {
  if (!(stop.args[1] & TIMER_ABSTIME)) return {Kind::kSpan};
  return {Kind::kAbsolute, timer_clock(stop)};
}

Condition masked(unsigned arg, std::uint64_t mask, std::uint64_t value) {
  return {arg, Op::kMaskedEqual, value, mask};
}

/// The rows of a call that exists in three shapes: x86-64, i386 narrow and i386 wide.
void add_all(std::vector<TimeArg>& rows, TimeArg row, const char* wide_i386) {
  row.abi = kX;
  row.width = kWide;
  rows.push_back(row);
  row.abi = kI;
  row.width = kNarrow;
  rows.push_back(row);
  if (!wide_i386) return;
  row.syscall = wide_i386;
  row.width = kWide;
  rows.push_back(row);
}

void add_sleeps(std::vector<TimeArg>& rows) {
  const Condition absolute = masked(1, TIMER_ABSTIME, TIMER_ABSTIME);
  add_all(rows, {kX, "nanosleep", 0, Form::kTimespec, kWide, span, {}, false, 1}, nullptr);
  add_all(rows,
          {kX, "clock_nanosleep", 2, Form::kTimespec, kWide, by_sleep_flags, {absolute}, true, 3},
          "clock_nanosleep_time64");
  add_all(rows, {kX, "timerfd_settime", 2, Form::kItimerspec, kWide, by_timerfd, {absolute}, true},
          "timerfd_settime64");
  add_all(rows, {kX, "timer_settime", 2, Form::kItimerspec, kWide, by_timer, {absolute}, true},
          "timer_settime64");
  add_all(rows, {kX, "setitimer", 1, Form::kItimerval, kWide, span, {}, false}, nullptr);
}

void add_waits(std::vector<TimeArg>& rows) {
  // pthread_cond_timedwait, sem_timedwait and the like come with FUTEX_CLOCK_REALTIME; only
  // FUTEX_LOCK_PI means the wall clock without it.
  for (const Condition& condition :
       {masked(1, FUTEX_CLOCK_REALTIME, FUTEX_CLOCK_REALTIME),
        masked(1, static_cast<std::uint32_t>(FUTEX_CMD_MASK), FUTEX_LOCK_PI)}) {
    add_all(rows, {kX, "futex", 3, Form::kTimespec, kWide, by_futex_op, {condition}, true},
            "futex_time64");
  }
  for (const Abi abi : {kX, kI}) {
    rows.push_back({abi,
                    "futex_waitv",
                    3,
                    Form::kTimespec,
                    kWide,
                    by_clock_in_arg4,
                    {{4, Op::kEqual, CLOCK_REALTIME}},
                    true});
  }
  add_all(rows, {kX, "mq_timedsend", 4, Form::kTimespec, kWide, wall, {}, true},
          "mq_timedsend_time64");
  add_all(rows, {kX, "mq_timedreceive", 4, Form::kTimespec, kWide, wall, {}, true},
          "mq_timedreceive_time64");
  add_all(rows, {kX, "semtimedop", 3, Form::kTimespec, kWide, span, {}, false},
          "semtimedop_time64");
  add_all(rows, {kX, "rt_sigtimedwait", 2, Form::kTimespec, kWide, span, {}, false},
          "rt_sigtimedwait_time64");
}

void add_polls(std::vector<TimeArg>& rows) {
  rows.push_back({kX, "select", 4, Form::kTimeval, kWide, span, {}, false, 4});
  rows.push_back({kI, "_newselect", 4, Form::kTimeval, kNarrow, span, {}, false, 4});
  add_all(rows, {kX, "pselect6", 4, Form::kTimespec, kWide, span, {}, false, 4}, "pselect6_time64");
  add_all(rows, {kX, "ppoll", 2, Form::kTimespec, kWide, span, {}, false, 2}, "ppoll_time64");
  add_all(rows, {kX, "recvmmsg", 4, Form::kTimespec, kWide, span, {}, false, 4}, "recvmmsg_time64");
  for (const Abi abi : {kX, kI}) {
    rows.push_back({abi, "epoll_pwait2", 3, Form::kTimespec, kWide, span, {}, false});
  }
}

void add_stamps(std::vector<TimeArg>& rows) {
  add_all(rows, {kX, "utimensat", 2, Form::kTimespecs2, kWide, stamps, {}, true},
          "utimensat_time64");
  add_all(rows, {kX, "utimes", 1, Form::kTimevals2, kWide, stamps, {}, true}, nullptr);
  add_all(rows, {kX, "futimesat", 2, Form::kTimevals2, kWide, stamps, {}, true}, nullptr);
  add_all(rows, {kX, "utime", 1, Form::kSeconds2, kWide, stamps, {}, true}, nullptr);
}

}  // namespace

const std::vector<TimeArg>& time_args() {
  static const std::vector<TimeArg> rows = [] {
    std::vector<TimeArg> made;
    add_sleeps(made);
    add_waits(made);
    add_polls(made);
    add_stamps(made);
    return made;
  }();
  return rows;
}

const std::vector<SpanArg>& span_args() {
  constexpr std::int64_t kMillisecond = 1000000;
  static const std::vector<SpanArg> rows = {
      {kX, "poll", 2, kMillisecond, false},        {kI, "poll", 2, kMillisecond, false},
      {kX, "epoll_wait", 3, kMillisecond, false},  {kI, "epoll_wait", 3, kMillisecond, false},
      {kX, "epoll_pwait", 3, kMillisecond, false}, {kI, "epoll_pwait", 3, kMillisecond, false},
  };
  return rows;
}

}  // namespace ttrace
