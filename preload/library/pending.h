// Connects of this process that are under way: what settles them is told, whoever asks.
#pragma once

#include "preload/library/connect_rules.h"

namespace ttrace::preload {

/// `begin` names the ConnectRecord. False: there is no room, and it is counted as dropped.
bool add_pending(int fd, u64 begin, const ConnectPlan& plan);
bool any_pending();
/// Whether `fd` has a connect under way.
bool is_pending(int fd);

/// The program learned how the connect of `fd` ended; `error` 0: well.
void settle(int fd, int error, ConnectEndRecord::By by);
/// The program closes `fd`.
void settle_by_close(int fd);
/// Looks at all of them: the program was told that something is ready.
void look_at_pending();

/// The end of a connect that did not stay pending.
void tell_end(int fd, u64 begin, ConnectEndRecord::Fate fate, int error, ConnectEndRecord::By by,
              const ConnectPlan& plan, i64 ended);

}  // namespace ttrace::preload
