#include "tracer/intercept/target_socket.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

namespace ttrace {
namespace {

constexpr unsigned kPidfdThread = O_EXCL;  // PIDFD_THREAD, Linux 6.9

int open_pidfd(Pid process, Pid tid) {
  const auto fd = static_cast<int>(syscall(SYS_pidfd_open, raw(tid), kPidfdThread));
  return fd >= 0 ? fd : static_cast<int>(syscall(SYS_pidfd_open, raw(process), 0));
}

short poll_now(int fd) {
  pollfd item{fd, POLLOUT, 0};
  return poll(&item, 1, 0) == 1 ? item.revents : short{0};
}

}  // namespace

TargetSocket::TargetSocket(Pid process, Pid tid, int fd) {
  const int pidfd = open_pidfd(process, tid);
  if (pidfd < 0) return;
  fd_ = static_cast<int>(syscall(SYS_pidfd_getfd, pidfd, fd, 0));
  close(pidfd);
}

TargetSocket::~TargetSocket() {
  if (fd_ >= 0) close(fd_);
}

bool TargetSocket::nonblocking() const {
  const int flags = fcntl(fd_, F_GETFL);
  return flags >= 0 && (flags & O_NONBLOCK) != 0;
}

std::optional<int> TargetSocket::option(int level, int name) const {
  int value = 0;
  socklen_t size = sizeof value;
  if (getsockopt(fd_, level, name, &value, &size) != 0 || size != sizeof value) return std::nullopt;
  return value;
}

bool TargetSocket::set_option(int level, int name, int value) const {
  return setsockopt(fd_, level, name, &value, sizeof value) == 0;
}

std::uint64_t TargetSocket::cookie() const {
  std::uint64_t value = 0;
  socklen_t size = sizeof value;
  return getsockopt(fd_, SOL_SOCKET, SO_COOKIE, &value, &size) == 0 ? value : 0;
}

SocketLimits TargetSocket::limits() const {
  SocketLimits limits;
  timeval send{};
  socklen_t size = sizeof send;
  if (getsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &send, &size) == 0) {
    limits.send_timeout =
        std::chrono::seconds(send.tv_sec) + std::chrono::microseconds(send.tv_usec);
  }
  const bool tcp = option(SOL_SOCKET, SO_PROTOCOL) == IPPROTO_TCP;
  if (!tcp) return limits;
  limits.user_timeout =
      std::chrono::milliseconds(option(IPPROTO_TCP, TCP_USER_TIMEOUT).value_or(0));
  limits.syn_count = option(IPPROTO_TCP, TCP_SYNCNT).value_or(0);
  return limits;
}

bool TargetSocket::settled() const { return poll_now(fd_) != 0; }

bool TargetSocket::failed() const { return (poll_now(fd_) & (POLLERR | POLLHUP)) != 0; }

}  // namespace ttrace
