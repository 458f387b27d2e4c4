#include "tracer/session/wrapped_reporter.h"

#include "tracer/intercept/arg_text.h"

namespace ttrace {
namespace {

// 1950: programs ask for dates around 1970 on purpose, but nobody stamps a file with 1903.
constexpr std::int64_t kNobodyMeans = -631152000;

}  // namespace

void WrappedReporter::check(SyscallStop& stop, const Meaning& meaning, const TimeList& list) {
  const bool is_stamp = meaning.kind == Meaning::Kind::kStamps;
  const bool wall = meaning.kind == Meaning::Kind::kAbsolute &&
                    shim::is_in(shim::kWallClocks, static_cast<shim::u32>(meaning.clock));
  if ((!is_stamp && !wall) || stop.tracee.process->abi != Abi::kI386) return;
  // Before the limit no clock value can have been cut: the program means what it says.
  const auto now = clock_.now(CLOCK_REALTIME);
  if (!now || shim::fits_time32(now->s)) return;
  for (std::size_t i = 0; i < list.count; ++i) {
    if (!list.is_time[i] || list.times[i].s >= (is_stamp ? kNobodyMeans : 0)) continue;
    return report(stop, is_stamp, list.times[i].s);
  }
}

void WrappedReporter::report(SyscallStop& stop, bool is_stamp, std::int64_t seconds) {
  auto path = paths_.first_time(stop);
  if (!path) return;
  Event event = sink_.make(*stop.tracee.process, stop.tid());
  WrappedArgument what;
  what.path_id = path->id;
  what.is_stamp = is_stamp;
  what.seconds = seconds;
  what.syscall = syscall_text(stop, std::nullopt);
  what.stack = std::move(path->stack);
  event.what = std::move(what);
  sink_.emit(event);
}

}  // namespace ttrace
