#include "tracer/intercept/clock_reads.h"

#include <cerrno>
#include <ctime>

#include "tracer/abi/syscall_table.h"
#include "tracer/engine/ptrace.h"
#include "tracer/engine/remote_memory.h"
#include "tracer/session/oversize_reporter.h"
#include "tracer/shim/installer.h"

namespace ttrace {
namespace {

constexpr clockid_t kWall[] = {CLOCK_REALTIME, CLOCK_REALTIME_COARSE, CLOCK_REALTIME_ALARM,
                               CLOCK_TAI};
constexpr clockid_t kElapsed[] = {CLOCK_MONOTONIC, CLOCK_MONOTONIC_COARSE, CLOCK_MONOTONIC_RAW,
                                  CLOCK_BOOTTIME, CLOCK_BOOTTIME_ALARM};

struct Narrow {
  std::int32_t s, fraction;
};
struct Wide {
  std::int64_t s, fraction;
};

Status write_time(SyscallStop& stop, RemotePtr at, bool wide, std::int64_t s, std::int64_t part) {
  if (wide) return write_object(stop.pid(), at, Wide{s, part});
  return write_object(stop.pid(), at,
                      Narrow{static_cast<std::int32_t>(s), static_cast<std::int32_t>(part)});
}

}  // namespace

void ClockReads::subscribe(std::vector<Subscription>& to) {
  const Condition foreign{5, Condition::Op::kNotEqual, parts_.cookie};
  const auto add_clock = [&](Abi abi, const char* name, clockid_t id) {
    add(to, abi, name, {{0, Condition::Op::kEqual, static_cast<std::uint64_t>(id)}, foreign});
  };
  for (const auto& [abi, name] :
       {std::pair{Abi::kX86_64, "clock_gettime"}, std::pair{Abi::kI386, "clock_gettime"},
        std::pair{Abi::kI386, "clock_gettime64"}}) {
    for (const clockid_t id : kWall) add_clock(abi, name, id);
    if (!parts_.clock.params().scaled) continue;
    for (const clockid_t id : kElapsed) add_clock(abi, name, id);
  }
  for (const Abi abi : {Abi::kX86_64, Abi::kI386}) {
    add(to, abi, "gettimeofday", {foreign});
    add(to, abi, "time", {foreign});
  }
}

Interceptor::Next ClockReads::on_entry(SyscallStop& stop) {
  // The real vDSO, called by the shim, found no clock it can read in user space.
  if (parts_.installer.in_vdso(*stop.tracee.process, stop.ip)) {
    ShimInstaller::use_direct_calls(*stop.tracee.process);
    return Next::kGoOn;
  }
  const std::string name = syscall_name(stop.abi, stop.nr);
  const bool has_id = name.starts_with("clock_gettime");
  return answer(stop, has_id ? static_cast<clockid_t>(stop.args[0]) : CLOCK_REALTIME, name);
}

Interceptor::Next ClockReads::answer(SyscallStop& stop, clockid_t id, std::string_view name) {
  const auto now = parts_.clock.now(id);
  if (!now) return Next::kGoOn;
  const bool wide = stop.abi == Abi::kX86_64 || name == "clock_gettime64";
  std::int64_t result = 0;
  bool written = true;
  if (name == "time") {
    result = wide ? now->s : static_cast<std::int32_t>(now->s);
    const auto narrow = static_cast<std::int32_t>(now->s);
    if (stop.args[0] != 0) {
      written = static_cast<bool>(wide ? write_object(stop.pid(), stop.pointer(0), now->s)
                                       : write_object(stop.pid(), stop.pointer(0), narrow));
    }
  } else if (name == "gettimeofday") {
    constexpr std::int64_t kNoZone = 0;  // struct timezone: both words
    if (stop.args[0] != 0) {
      written = static_cast<bool>(write_time(stop, stop.pointer(0), wide, now->s, now->ns / 1000));
    }
    if (written && stop.args[1] != 0) {
      written = static_cast<bool>(write_object(stop.pid(), stop.pointer(1), kNoZone));
    }
  } else {
    written = static_cast<bool>(write_time(stop, stop.pointer(1), wide, now->s, now->ns));
  }
  stop.skip(written ? result : -EFAULT);
  if (written) report_if_oversize(stop, *now, !wide);
  return Next::kGoOn;
}

void ClockReads::report_if_oversize(SyscallStop& stop, const shim::Time& now, bool truncated) {
  if (!parts_.watch || stop.abi != Abi::kI386 || shim::fits_time32(now.s)) return;
  const auto regs = get_regs(stop.tid());
  if (!regs || abi_of(*regs) != Abi::kI386) return;
  shim::Report report{};
  report.reasons = shim::kReasonTime | (truncated ? shim::kReasonTruncated : 0u);
  report.syscall = static_cast<std::uint32_t>(raw(stop.nr));
  for (unsigned i = 0; i < 5; ++i) report.args[i] = static_cast<std::uint32_t>(stop.args[i]);
  report.time = now;
  parts_.reporter.report(stop.tracee, report, unwind_state(*regs), RemotePtr{regs->rsp});
}

}  // namespace ttrace
