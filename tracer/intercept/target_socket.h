// A socket of the target, borrowed for a moment: the same open file in the tracer, so that its
// options can be asked and set. It must not be kept: as long as it is open here, the target's own
// close() does not end the connection.
#pragma once

#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <optional>

#include "analyzers/event.h"
#include "tracer/base/types.h"

namespace ttrace {

class TargetSocket {
 public:
  /// pidfd_getfd(2) (Linux 5.6) of a thread's descriptor; not valid() when that fails.
  TargetSocket(Pid process, Pid tid, int fd);
  ~TargetSocket();
  TargetSocket(const TargetSocket&) = delete;
  TargetSocket& operator=(const TargetSocket&) = delete;

  bool valid() const { return fd_ >= 0; }
  int fd() const { return fd_; }
  bool nonblocking() const;
  /// An option of type int; nullopt: the socket has none of it.
  std::optional<int> option(int level, int name) const;
  bool set_option(int level, int name, int value) const;
  /// What names this socket for as long as the machine is up (SO_COOKIE); 0: unknown.
  std::uint64_t cookie() const;
  SocketLimits limits() const;
  /// A connect under way has come to its end, good or bad.
  bool settled() const;
  /// It ended, and badly. Leaves the error for the target to fetch.
  bool failed() const;

 private:
  int fd_ = -1;
};

}  // namespace ttrace
