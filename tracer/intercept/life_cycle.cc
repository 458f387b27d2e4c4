#include "tracer/intercept/life_cycle.h"

#include <fmt/format.h>
#include <sys/ptrace.h>

#include "tracer/abi/syscall_table.h"
#include "tracer/session/session.h"

namespace ttrace {

void LifeCycle::subscribe(std::vector<Subscription>& to) {
  // Only the shim of i386 counts by itself, and what it counted goes with the memory.
  add(to, Abi::kI386, "execve");
  add(to, Abi::kI386, "execveat");
  for (const Abi abi : {Abi::kX86_64, Abi::kI386}) {
    for (const auto request : {PTRACE_TRACEME, PTRACE_ATTACH, PTRACE_SEIZE}) {
      add(to, abi, "ptrace", {{0, Condition::Op::kEqual, static_cast<std::uint64_t>(request)}});
    }
  }
}

Interceptor::Next LifeCycle::on_entry(SyscallStop& stop) {
  if (syscall_name(stop.abi, stop.nr) == "ptrace") {
    tell_nested(stop);
  } else {
    session_.before_exec(stop.tracee);
  }
  return Next::kGoOn;
}

void LifeCycle::tell_nested(SyscallStop& stop) {
  Process& process = *stop.tracee.process;
  if (process.told_nested) return;
  process.told_nested = true;
  session_.note_tracer(process, stop.tid());
}

}  // namespace ttrace
