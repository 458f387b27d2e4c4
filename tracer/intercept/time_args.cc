#include "tracer/intercept/time_args.h"

#include <algorithm>
#include <cerrno>

#include "tracer/abi/syscall_table.h"
#include "tracer/engine/remote_memory.h"
#include "tracer/session/wrapped_reporter.h"

namespace ttrace {
namespace {

// Below the red zone of x86-64 (psABI 3.2.2). The kernel reads it at the entry of the call and is
// done with it; a call that is restarted comes here again.
constexpr std::uint64_t kScratchBelow = 256;
constexpr unsigned kNoArg = 6;

RemotePtr scratch(const SyscallStop& stop) {
  return RemotePtr{(stop.sp - kScratchBelow) & ~std::uint64_t{15}};
}

bool is_zero(const shim::Time& time) { return time.s == 0 && time.ns == 0; }

// A span that is not zero must not become zero, which would disarm a timer or not wait at all.
shim::Time at_least_one_tick(const shim::Time& time, Form form) {
  const bool coarse = form == Form::kTimeval || form == Form::kItimerval;
  const shim::i64 tick = coarse ? 1000 : 1;
  return time.s == 0 && time.ns < tick ? shim::Time{0, tick} : time;
}

bool is_itimer(Form form) { return form == Form::kItimerspec || form == Form::kItimerval; }

// All restarts that the kernel may yet decide on (include/linux/errno.h: ERESTARTSYS and on).
bool will_restart(std::int64_t result) { return result <= -512 && result >= -516; }

}  // namespace

TimeArgs::TimeArgs(const Parts& parts) : parts_(parts) {
  for (const TimeArg& row : time_args()) {
    if (const auto nr = syscall_number(row.abi, row.syscall)) times_[{row.abi, *nr}] = &row;
  }
  for (const SpanArg& row : span_args()) {
    if (const auto nr = syscall_number(row.abi, row.syscall)) spans_[{row.abi, *nr}] = &row;
  }
}

void TimeArgs::subscribe(std::vector<Subscription>& subscriptions) {
  const bool scaled = parts_.clock.params().scaled;
  for (const TimeArg& row : time_args()) {
    if (!scaled && !row.absolute_possible) continue;
    add(subscriptions, row.abi, row.syscall, scaled ? std::vector<Condition>{} : row.when_absolute);
  }
  for (const SpanArg& row : span_args()) {
    if (scaled) add(subscriptions, row.abi, row.syscall);
  }
}

Interceptor::Next TimeArgs::on_entry(SyscallStop& stop) {
  const auto time = times_.find({stop.abi, stop.nr});
  if (time != times_.end()) return translate(stop, *time->second);
  const auto span = spans_.find({stop.abi, stop.nr});
  return span == spans_.end() ? Next::kGoOn : translate_register(stop, *span->second);
}

std::optional<shim::Time> TimeArgs::translated(const Meaning& meaning, Form form, std::size_t index,
                                               const shim::Time& time) const {
  const RunClock& clock = parts_.clock;
  const bool is_interval = is_itimer(form) && index == 0;
  if (meaning.kind == Meaning::Kind::kStamps) {
    if (!parts_.shift_files) return std::nullopt;
    return clock.stored_stamp(time);
  }
  if (is_zero(time) && (is_itimer(form) || meaning.kind == Meaning::Kind::kSpan)) return {};
  if (time.s < 0) return std::nullopt;  // the kernel refuses it or returns at once: so be it
  if (meaning.kind == Meaning::Kind::kSpan || is_interval) {
    return at_least_one_tick(clock.real_span(time), form);
  }
  return at_least_one_tick(clock.real_reading(meaning.clock, time), form);
}

Interceptor::Next TimeArgs::translate(SyscallStop& stop, const TimeArg& row) {
  const Meaning meaning = row.meaning(stop);
  if (meaning.kind == Meaning::Kind::kNothing || stop.args[row.arg] == 0) return Next::kGoOn;
  auto list = read_times(stop.pid(), stop.pointer(row.arg), row.form, row.width);
  if (!list) return Next::kGoOn;
  if (parts_.wrapped) parts_.wrapped->check(stop, meaning, *list);
  bool changed = false;
  for (std::size_t i = 0; i < list->count; ++i) {
    if (!list->is_time[i]) continue;
    if (const auto time = translated(meaning, row.form, i, list->times[i])) {
      list->times[i] = *time;
      changed = true;
    }
  }
  const RemotePtr copy = scratch(stop);
  if (!changed ||
      !write_times(stop.pid(), stop.pointer(row.arg), copy, row.form, row.width, *list)) {
    return Next::kGoOn;
  }
  stop.set_arg(row.arg, raw(copy));
  return Next::kStopAtExit;
}

Interceptor::Next TimeArgs::translate_register(SyscallStop& stop, const SpanArg& row) {
  const auto count = static_cast<std::int32_t>(stop.args[row.arg]);
  if (count <= 0) return Next::kGoOn;
  const std::int64_t ns = std::int64_t{count} * row.unit_ns;
  const shim::Time real =
      parts_.clock.real_span({ns / shim::kNanoseconds, ns % shim::kNanoseconds});
  constexpr std::int64_t kMost = 0x7fffffff;
  const std::int64_t units_per_second = shim::kNanoseconds / row.unit_ns;
  // Rounded up: a timeout may be late, never early.
  const std::int64_t units =
      std::min(real.s, kMost) * units_per_second + (real.ns + row.unit_ns - 1) / row.unit_ns;
  stop.set_arg(row.arg, static_cast<std::uint64_t>(std::min(units, kMost)));
  return Next::kStopAtExit;
}

void TimeArgs::on_exit(SyscallStop& stop) {
  const auto span = spans_.find({stop.abi, stop.nr});
  if (span != spans_.end()) {
    stop.set_arg(span->second->arg, stop.args[span->second->arg]);
    return;
  }
  const TimeArg& row = *times_.at({stop.abi, stop.nr});
  stop.set_arg(row.arg, stop.args[row.arg]);
  if (row.remaining_arg != kNoArg) give_back_remaining(stop, row);
}

// What is left of a span: written by select and its kin over the copy they were given, by the
// sleeps into an argument of its own if a signal cut them short.
void TimeArgs::give_back_remaining(SyscallStop& stop, const TimeArg& row) {
  const bool in_place = row.remaining_arg == row.arg;
  const RemotePtr to = stop.pointer(row.remaining_arg);
  if (raw(to) == 0 || !parts_.clock.params().scaled) return;
  if (!in_place && stop.result != -EINTR && !will_restart(stop.result)) return;
  const RemotePtr from = in_place ? scratch(stop) : to;
  auto left = read_times(stop.pid(), from, row.form, row.width);
  if (!left) return;
  for (std::size_t i = 0; i < left->count; ++i) {
    left->times[i] = parts_.clock.shown_span(left->times[i]);
  }
  (void)write_times(stop.pid(), from, to, row.form, row.width, *left);
}

}  // namespace ttrace
