// What wait(2) and its kin tell a process that is followed, of a child that has ended.
#pragma once

#include <optional>

#include "analyzers/event.h"
#include "tracer/session/followed_call.h"

namespace ttrace {

/// wait4, waitpid, waitid.
bool is_wait(const std::string& name);

/// Of a call that is_wait() and has returned `result`: makes `step` kWaited, with the child as the
/// target numbers it and how it ended; or leaves it, where none has ended.
void describe_wait(CrashStep& step, const Tracee& tracee, const FollowedCall& call,
                   std::int64_t result);

/// The child, as the target numbers it, that such a call, or rt_sigtimedwait, says was killed by a
/// signal; nullopt: it does not say so.
std::optional<int> killed_child(const Tracee& tracee, const FollowedCall& call,
                                std::int64_t result);

/// The same call is to tell of a core, which the kernel knows nothing of since ttrace has made it.
void tell_of_core(const Tracee& tracee, const FollowedCall& call);

}  // namespace ttrace
