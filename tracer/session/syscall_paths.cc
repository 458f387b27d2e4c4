#include "tracer/session/syscall_paths.h"

#include <algorithm>

#include "tracer/engine/ptrace.h"

namespace ttrace {
namespace {

// The paths that the shim counts are numbered from 1.
constexpr std::uint64_t kFirstId = std::uint64_t{1} << 32;

}  // namespace

std::optional<SyscallPaths::Path> SyscallPaths::first_time(SyscallStop& stop) {
  const auto regs = get_regs(stop.tid());
  if (!regs) return std::nullopt;
  Process& process = *stop.tracee.process;
  const RawStack stack =
      walker_.walk(process.pid, stop.tid(), unwind_state(*regs), std::max<std::size_t>(depth_, 1));
  std::vector<std::uint64_t> addresses;
  for (const RawFrame& frame : stack) addresses.push_back(raw(frame.ip));
  const auto [known, is_new] =
      known_.emplace(std::pair{process.pid, std::move(addresses)}, kFirstId + known_.size());
  if (is_new) {
    return Path{known->second, depth_ ? walker_.symbolize(process.pid, stack) : Stack{}};
  }
  Event event = sink_.make(process, stop.tid());
  event.what = PathRepeated{known->second, 1};
  sink_.emit(event);
  return std::nullopt;
}

}  // namespace ttrace
