// A system call that a crash handler makes, as a step of the story.
#pragma once

#include "analyzers/event.h"
#include "tracer/session/followed_call.h"

namespace ttrace {

/// At the entry: what the call is about; its result is not known yet. kRaised, kExits, kExecuted
/// and kAction may never be seen to end and are steps already.
CrashStep step_at_entry(const Tracee& tracee, const FollowedCall& call);
/// At the exit: completes what step_at_entry() made.
void complete_step(CrashStep& step, const Tracee& tracee, const FollowedCall& call,
                   std::int64_t result);

/// True for those that step_at_entry() already tells wholly.
bool is_told_at_entry(const CrashStep& step);

/// "rt_sigreturn" of either ABI: the handler has returned.
bool is_signal_return(const std::string& name);
/// fork, vfork, clone, clone3.
bool makes_process(const std::string& name);

}  // namespace ttrace
