// Non-blocking connects under way. The target's sockets are put into an epoll set of the tracer and
// not held open: an entry lives as long as the target's own descriptors do (epoll(7), Q6), and
// epoll tells when the kernel is done with the connect, however the target finds out.
#pragma once

#include <sys/epoll.h>

#include <map>
#include <optional>
#include <vector>

#include "tracer/intercept/target_socket.h"

namespace ttrace {

class PendingConnects {
 public:
  PendingConnects();
  ~PendingConnects();
  PendingConnects(const PendingConnects&) = delete;
  PendingConnects& operator=(const PendingConnects&) = delete;

  /// Watches a socket whose connect has begun; false: it cannot be.
  bool add(const TargetSocket& socket, std::uint64_t cookie) const;
  /// Cookies of connects that the kernel is done with since the last call. True: it failed.
  std::vector<std::pair<std::uint64_t, bool>> done() const;
  /// Cookies of all sockets added that are still open in the target.
  std::vector<std::uint64_t> open() const;

 private:
  int epoll_;
};

}  // namespace ttrace
