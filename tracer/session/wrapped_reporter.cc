#include "tracer/session/wrapped_reporter.h"

#include "tracer/engine/filter.h"
#include "tracer/engine/ptrace.h"
#include "tracer/intercept/arg_text.h"

namespace ttrace {
namespace {

// 1950: programs ask for dates around 1970 on purpose, but nobody stamps a file with 1903.
constexpr std::int64_t kNobodyMeans = -631152000;
// Ids of call paths that the shim does not count.
constexpr std::uint64_t kFirstId = std::uint64_t{1} << 32;

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
  const auto regs = get_regs(stop.tid());
  if (!regs) return;
  Process& process = *stop.tracee.process;
  const RawStack stack =
      walker_.walk(process.pid, stop.tid(), unwind_state(*regs), depth_ ? depth_ : 1);
  std::vector<std::uint64_t> path;
  for (const RawFrame& frame : stack) path.push_back(raw(frame.ip));
  const auto [known, is_new] =
      known_.emplace(std::pair{process.pid, std::move(path)}, kFirstId + known_.size());
  Event event = sink_.make(process, stop.tid());
  if (!is_new) {
    event.what = PathRepeated{known->second, 1};
    return sink_.emit(event);
  }
  WrappedArgument what;
  what.path_id = known->second;
  what.is_stamp = is_stamp;
  what.seconds = seconds;
  what.syscall = {syscall_name(stop.abi, stop.nr),
                  syscall_args_text(stop.pid(), stop.abi, stop.nr, stop.args.data()), std::nullopt};
  if (depth_) what.stack = walker_.symbolize(process.pid, stack);
  event.what = std::move(what);
  sink_.emit(event);
}

}  // namespace ttrace
