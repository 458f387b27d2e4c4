// Non-blocking connects under way. The target's sockets are put into an epoll set of the tracer and
// not held open: an entry lives as long as the target's own descriptors do (epoll(7), Q6), and
// epoll tells when the kernel is done with the connect, however the target finds out. A thread
// waits for that, because the target may close its socket before the tracer looks the next time.
#pragma once

#include <sys/epoll.h>

#include <chrono>
#include <mutex>
#include <thread>
#include <vector>

#include "tracer/base/unique_fd.h"
#include "tracer/intercept/target_socket.h"

namespace ttrace {

class PendingConnects {
 public:
  struct Done {
    std::uint64_t cookie = 0;
    bool failed = false;
    std::chrono::steady_clock::time_point at;
  };

  PendingConnects();
  ~PendingConnects();
  PendingConnects(const PendingConnects&) = delete;
  PendingConnects& operator=(const PendingConnects&) = delete;

  /// Watches a socket whose connect has begun; false: it cannot be.
  bool add(const TargetSocket& socket, std::uint64_t cookie);
  /// Those that the kernel is done with since the last call.
  std::vector<Done> done();
  /// Cookies of all sockets added that are still open in the target.
  std::vector<std::uint64_t> open() const;

 private:
  void start_waiting();
  void wait_for_events();
  /// Takes what is there, after `timeout` ms at most (-1: waits). False: the thread is to end.
  bool harvest(int timeout);

  UniqueFd epoll_;
  UniqueFd stop_;  // readable: the thread is to end
  std::mutex mutex_;
  std::vector<Done> done_;  // guarded by mutex_
  std::thread thread_;      // not before the first socket
};

}  // namespace ttrace
