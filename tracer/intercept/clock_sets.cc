#include "tracer/intercept/clock_sets.h"

#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/timex.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <fstream>

#include "tracer/abi/syscall_table.h"
#include "tracer/engine/ptrace.h"
#include "tracer/engine/remote_memory.h"
#include "tracer/intercept/arg_text.h"

namespace ttrace {
namespace {

struct Narrow {
  std::int32_t s, fraction;
};
struct Wide {
  std::int64_t s, fraction;
};

// The prefix of i386's struct timex (uapi/linux/timex.h: old_timex32); the 64-bit one is libc's.
struct NarrowTimex {
  std::uint32_t modes;
  std::int32_t offset, freq, maxerror, esterror, status, constant, precision, tolerance;
  Narrow time;
};

// A thread that could set the machine's clock may set the faked one; any other gets EPERM.
bool may_set_clock(Pid tid) {
  if (geteuid() != 0) return false;
  std::ifstream status(fmt::format("/proc/{}/status", raw(tid)));
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with("CapEff:")) continue;
    const std::uint64_t effective = std::stoull(line.substr(7), nullptr, 16);
    return effective >> CAP_SYS_TIME & 1;
  }
  return false;
}

std::optional<Wide> read_pair(SyscallStop& stop, unsigned arg, bool wide) {
  if (wide) {
    const auto value = read_object<Wide>(stop.pid(), stop.pointer(arg));
    if (value) return *value;
  } else if (const auto value = read_object<Narrow>(stop.pid(), stop.pointer(arg)); value) {
    return Wide{value->s, value->fraction};
  }
  return std::nullopt;
}

bool is_wide(const SyscallStop& stop, std::string_view name) {
  return stop.abi == Abi::kX86_64 || name.ends_with("64");
}

/// The argument that holds a struct timex.
unsigned timex_arg(std::string_view name) { return name == "adjtimex" ? 0 : 1; }

}  // namespace

void ClockSets::subscribe(std::vector<Subscription>& to) {
  for (const Abi abi : {Abi::kX86_64, Abi::kI386}) {
    for (const char* name : {"clock_settime", "settimeofday", "adjtimex", "clock_adjtime"}) {
      add(to, abi, name);
    }
  }
  for (const char* name : {"clock_settime64", "clock_adjtime64", "stime"}) {
    add(to, Abi::kI386, name);
  }
}

Interceptor::Next ClockSets::on_entry(SyscallStop& stop) {
  const std::string name = syscall_name(stop.abi, stop.nr);
  const bool wide = is_wide(stop, name);
  if (name == "adjtimex" || name.starts_with("clock_adjtime")) {
    return adjust(stop, timex_arg(name), wide);
  }
  std::optional<Wide> wanted;
  std::int64_t fraction_limit = shim::kNanoseconds;
  if (name == "stime") {
    const auto seconds = read_object<std::int32_t>(stop.pid(), stop.pointer(0));
    if (seconds) wanted = Wide{*seconds, 0};
  } else if (name == "settimeofday") {
    if (stop.args[0] == 0) {  // only the time zone: not ours to fake, and it must not be set
      stop.skip(may_set_clock(stop.tid()) ? 0 : -EPERM);
      return Next::kGoOn;
    }
    fraction_limit = 1000000;
    wanted = read_pair(stop, 0, wide);
  } else {
    // Other clocks cannot be set: let the kernel say so.
    if (static_cast<clockid_t>(stop.args[0]) != CLOCK_REALTIME) return Next::kGoOn;
    wanted = read_pair(stop, 1, wide);
  }
  const bool valid = wanted && wanted->fraction >= 0 && wanted->fraction < fraction_limit;
  if (!wanted) {
    stop.skip(-EFAULT);
  } else if (!valid || wanted->s < 0) {
    stop.skip(-EINVAL);  // timespec64_valid_settod(): not before the epoch
  } else if (!may_set_clock(stop.tid())) {
    stop.skip(-EPERM);
  } else {
    stop.skip(0);
    set(stop, {wanted->s, wanted->fraction * (shim::kNanoseconds / fraction_limit)});
  }
  return Next::kGoOn;
}

// Changes of the clock's frequency and the like have no effect but succeed; a step moves the faked
// clock; a plain reading is made by the kernel and translated at the exit.
Interceptor::Next ClockSets::adjust(SyscallStop& stop, unsigned arg, bool wide) {
  constexpr std::uint32_t kReadOnlyOffset = ADJ_OFFSET_SS_READ;
  const auto modes = read_object<std::uint32_t>(stop.pid(), stop.pointer(arg));
  if (!modes) return Next::kGoOn;
  if (*modes == 0 || *modes == kReadOnlyOffset) return Next::kStopAtExit;
  if (!may_set_clock(stop.tid())) {
    stop.skip(-EPERM);
    return Next::kGoOn;
  }
  stop.skip(TIME_OK);
  if (!(*modes & ADJ_SETOFFSET)) return Next::kGoOn;
  const RemotePtr time_at =
      stop.pointer(arg) + (wide ? offsetof(timex, time) : offsetof(NarrowTimex, time));
  Wide step{};
  if (wide) {
    if (const auto value = read_object<Wide>(stop.pid(), time_at)) step = *value;
  } else if (const auto value = read_object<Narrow>(stop.pid(), time_at)) {
    step = {value->s, value->fraction};
  }
  if (!(*modes & ADJ_NANO)) step.fraction *= 1000;
  if (step.fraction < 0 || step.fraction >= shim::kNanoseconds) return Next::kGoOn;
  const auto now = parts_.clock.now(CLOCK_REALTIME);
  set(stop, *now + shim::Time{step.s, step.fraction});
  return Next::kGoOn;
}

void ClockSets::on_exit(SyscallStop& stop) {
  if (stop.result < 0) return;
  const std::string name = syscall_name(stop.abi, stop.nr);
  const bool wide = is_wide(stop, name);
  const RemotePtr at = stop.pointer(timex_arg(name));
  if (wide) {
    auto value = read_object<timex>(stop.pid(), at);
    if (!value) return;
    const std::int64_t unit = value->status & STA_NANO ? 1 : 1000;
    const shim::Time shown = parts_.clock.shown({value->time.tv_sec, value->time.tv_usec * unit});
    value->time.tv_sec = shown.s;
    value->time.tv_usec = shown.ns / unit;
    (void)write_object(stop.pid(), at + offsetof(timex, time), value->time);
  } else {
    auto value = read_object<NarrowTimex>(stop.pid(), at);
    if (!value) return;
    const std::int64_t unit = value->status & STA_NANO ? 1 : 1000;
    const shim::Time shown = parts_.clock.shown({value->time.s, value->time.fraction * unit});
    const Narrow cut{static_cast<std::int32_t>(shown.s),
                     static_cast<std::int32_t>(shown.ns / unit)};
    (void)write_object(stop.pid(), at + offsetof(NarrowTimex, time), cut);
  }
}

void ClockSets::set(SyscallStop& stop, const shim::Time& time) {
  parts_.clock.set(time);
  Process& process = *stop.tracee.process;
  Event event = parts_.sink.make(process, stop.tid());
  ClockSet what;
  what.seconds = time.s;
  what.syscall = {syscall_name(stop.abi, stop.nr),
                  syscall_args_text(stop.pid(), stop.abi, stop.nr, stop.args.data()), 0};
  const auto regs = get_regs(stop.tid());
  if (regs && parts_.stack_depth > 0) {
    what.stack = parts_.walker.symbolize(
        process.pid,
        parts_.walker.walk(process.pid, stop.tid(), unwind_state(*regs), parts_.stack_depth));
  }
  event.what = std::move(what);
  parts_.sink.emit(event);
}

}  // namespace ttrace
