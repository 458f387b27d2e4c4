#include "tracer/intercept/shim_trap.h"

#include <cerrno>
#include <cstddef>

#include "tracer/engine/remote_memory.h"
#include "tracer/session/oversize_reporter.h"

namespace ttrace {

void ShimTrap::subscribe(std::vector<Subscription>& subscriptions) {
  add(subscriptions, Abi::kI386, "afs_syscall",
      {{0, Condition::Op::kEqual, cookie_}, {2, Condition::Op::kEqual, shim::kTrapMagic}});
}

Interceptor::Next ShimTrap::on_entry(SyscallStop& stop) {
  stop.skip(-ENOSYS);
  const auto report = read_object<shim::Report>(stop.pid(), stop.pointer(1));
  if (!report || report->version != shim::kProtocolVersion) return Next::kGoOn;
  const auto caller = read_object<shim::Caller>(stop.pid(), RemotePtr{report->caller});
  if (!caller) return Next::kGoOn;
  const RemotePtr sp_at_entry{report->caller + offsetof(shim::Caller, eip)};
  // The state just after the call of the shim returns.
  const std::uint64_t sp = raw(sp_at_entry) + sizeof(shim::u32);
  const UnwindState state{Abi::kI386,
                          caller->eip,
                          9,
                          {caller->eax, caller->ecx, caller->edx, caller->ebx, sp, caller->ebp,
                           caller->esi, caller->edi, caller->eip}};
  reporter_.report(stop.tracee, *report, state, sp_at_entry);
  return Next::kGoOn;
}

}  // namespace ttrace
