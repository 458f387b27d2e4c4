// The rules of --connect, in the target: which one a connect meets, and what then becomes of it.
#pragma once

#include "preload/library/system.h"

namespace ttrace::preload {

struct ConnectPlan {
  u32 rule = 0;                      // its index, plus one; 0: none applies
  const Address* instead = nullptr;  // connect to this
  i32 result = 0;                    // do not connect: negative errno
  i64 sleep = 0;                     // first, in nanoseconds
  bool remember = false;             // the socket will have a peer that it did not ask for
  i32 former_user_timeout = -1;      // to put back; -1: none was set
};

/// `to` is what socket `fd` is about to be connected to. Sets what the plan needs of the socket.
ConnectPlan plan_connect(int fd, const Address& to, bool nonblocking);
/// Puts back what plan_connect() set.
void undo(const ConnectPlan& plan, int fd);

/// An option of type int; `otherwise` if the socket has none of it.
int socket_option(int fd, int level, int name, int otherwise);

}  // namespace ttrace::preload
