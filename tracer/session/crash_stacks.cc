#include "tracer/session/crash_stacks.h"

#include <fmt/format.h>

#include "tracer/engine/ptrace.h"
#include "tracer/stacks/proc_maps.h"

namespace ttrace {
namespace {

constexpr std::size_t kHandlerDepth = 24;

bool has_no_libraries(Pid pid) {
  const auto maps = stacks::read_maps(pid);
  return maps && maps->find(".so") == std::string::npos;
}

std::string function_text(const Frame& frame) {
  if (frame.function) return *frame.function;
  if (frame.module.empty() || !frame.offset) return fmt::format("{:#x}", frame.ip);
  return fmt::format("{}+{:#x}", frame.module.substr(frame.module.rfind('/') + 1), *frame.offset);
}

}  // namespace

Stack CrashStacks::of(const Process& process, Pid tid) const { return take(process, tid, depth_); }

Stack CrashStacks::take(const Process& process, Pid tid, std::size_t depth) const {
  const auto regs = depth > 0 ? get_regs(tid) : Error{"none", tid, 0};
  if (!regs) return {};
  return walker_.symbolize(process.pid, walker_.walk(process.pid, tid, unwind_state(*regs), depth));
}

std::string CrashStacks::function_at(const Process& process, Pid tid, std::uint64_t ip) const {
  (void)take(process, tid, 1);  // so that the walker knows the process
  const Stack named = walker_.symbolize(process.pid, {{RemotePtr{ip}, true, std::nullopt}});
  return named.empty() ? "" : function_text(named.back());
}

// Innermost first, up to where the signal came.
std::vector<std::string> CrashStacks::libc_functions(const Tracee& tracee) const {
  const auto regs = get_regs(tracee.tid);
  if (!regs || !wanted()) return {};
  const Pid pid = tracee.process->pid;
  std::vector<std::string> names;
  bool first = true;
  const bool is_static = has_no_libraries(pid);  // then its libc is in the program itself
  for (const RawFrame& frame : walker_.walk(pid, tracee.tid, unwind_state(*regs), kHandlerDepth)) {
    if (frame.activation && !first) break;
    first = false;
    if (!is_static && !walker_.is_libc(pid, frame.ip)) continue;
    for (const Frame& named : walker_.symbolize(pid, {frame})) {
      if (named.function) names.push_back(*named.function);
    }
  }
  return names;
}

}  // namespace ttrace
