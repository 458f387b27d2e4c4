#include "tracer/intercept/span_reads.h"

#include <sys/time.h>

#include <array>

#include "tracer/abi/syscall_table.h"
#include "tracer/engine/remote_memory.h"
#include "tracer/intercept/time_forms.h"

namespace ttrace {
namespace {

struct SpanRead {
  Abi abi;
  const char* syscall;
  unsigned arg;
  Form form;
  Width width;
};

constexpr auto kX = Abi::kX86_64;
constexpr auto kI = Abi::kI386;
constexpr std::array kReads = {
    SpanRead{kX, "getitimer", 1, Form::kItimerval, Width::kWide},
    SpanRead{kI, "getitimer", 1, Form::kItimerval, Width::kNarrow},
    SpanRead{kX, "timer_gettime", 1, Form::kItimerspec, Width::kWide},
    SpanRead{kI, "timer_gettime", 1, Form::kItimerspec, Width::kNarrow},
    SpanRead{kI, "timer_gettime64", 1, Form::kItimerspec, Width::kWide},
    SpanRead{kX, "timerfd_gettime", 1, Form::kItimerspec, Width::kWide},
    SpanRead{kI, "timerfd_gettime", 1, Form::kItimerspec, Width::kNarrow},
    SpanRead{kI, "timerfd_gettime64", 1, Form::kItimerspec, Width::kWide},
};

// Two structures below the red zone: the new timer, and what was left of the former one.
constexpr std::uint64_t kNewBelow = 256;
constexpr std::uint64_t kOldBelow = 320;

bool is_alarm(const SyscallStop& stop) { return syscall_number(stop.abi, "alarm") == stop.nr; }

Width width_of(Abi abi) { return abi == Abi::kX86_64 ? Width::kWide : Width::kNarrow; }

}  // namespace

void SpanReads::subscribe(std::vector<Subscription>& subscriptions) {
  for (const SpanRead& row : kReads) add(subscriptions, row.abi, row.syscall);
  for (const Abi abi : {kX, kI}) add(subscriptions, abi, "alarm");
}

Interceptor::Next SpanReads::on_entry(SyscallStop& stop) {
  return is_alarm(stop) ? alarm_as_timer(stop) : Next::kStopAtExit;
}

Interceptor::Next SpanReads::alarm_as_timer(SyscallStop& stop) {
  const auto seconds = static_cast<std::uint32_t>(stop.args[0]);
  TimeList timer;
  timer.count = 2;
  timer.is_time = {true, true};
  timer.times[1] = clock_.real_span({seconds, 0});
  constexpr shim::i64 kMicrosecond = 1000;
  if (seconds > 0 && timer.times[1].s == 0 && timer.times[1].ns < kMicrosecond) {
    timer.times[1].ns = kMicrosecond;
  }
  const RemotePtr at{stop.sp - kNewBelow};
  if (!write_times(stop.pid(), at, at, Form::kItimerval, width_of(stop.abi), timer)) {
    return Next::kGoOn;
  }
  stop.set_number(*syscall_number(stop.abi, "setitimer"));
  stop.set_arg(0, ITIMER_REAL);
  stop.set_arg(1, raw(at));
  stop.set_arg(2, stop.sp - kOldBelow);
  return Next::kStopAtExit;
}

void SpanReads::finish_alarm(SyscallStop& stop) {
  for (unsigned i = 0; i < 3; ++i) stop.set_arg(i, stop.args[i]);
  const auto left =
      read_times(stop.pid(), RemotePtr{stop.sp - kOldBelow}, Form::kItimerval, width_of(stop.abi));
  if (stop.result != 0 || !left) return;
  // As the kernel rounds (kernel/time/itimer.c, alarm_setitimer): never to 0 while it runs.
  const shim::Time shown = clock_.shown_span(left->times[1]);
  const bool up = shown.ns >= shim::kNanoseconds / 2 || (shown.s == 0 && shown.ns > 0);
  stop.set_result(shown.s + (up ? 1 : 0));
}

void SpanReads::on_exit(SyscallStop& stop) {
  if (is_alarm(stop)) return finish_alarm(stop);
  if (stop.result != 0) return;
  for (const SpanRead& row : kReads) {
    if (row.abi != stop.abi || syscall_number(row.abi, row.syscall) != stop.nr) continue;
    const RemotePtr at = stop.pointer(row.arg);
    auto spans = read_times(stop.pid(), at, row.form, row.width);
    if (!spans) return;
    for (auto& span : spans->times) span = clock_.shown_span(span);
    (void)write_times(stop.pid(), at, at, row.form, row.width, *spans);
  }
}

}  // namespace ttrace
