#include "tracer/intercept/pending_connects.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <string>

namespace ttrace {

PendingConnects::PendingConnects() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {}

PendingConnects::~PendingConnects() {
  if (epoll_ >= 0) close(epoll_);
}

bool PendingConnects::add(const TargetSocket& socket, std::uint64_t cookie) const {
  epoll_event event{};
  event.events = EPOLLOUT | EPOLLONESHOT;
  event.data.u64 = cookie;
  return epoll_ctl(epoll_, EPOLL_CTL_ADD, socket.fd(), &event) == 0 ||
         epoll_ctl(epoll_, EPOLL_CTL_MOD, socket.fd(), &event) == 0;
}

std::vector<std::pair<std::uint64_t, bool>> PendingConnects::done() const {
  std::vector<std::pair<std::uint64_t, bool>> settled;
  std::array<epoll_event, 256> events;
  int count;
  do {
    count = epoll_wait(epoll_, events.data(), events.size(), 0);
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      settled.emplace_back(event.data.u64, (event.events & (EPOLLERR | EPOLLHUP)) != 0);
    }
  } while (count == static_cast<int>(events.size()));
  return settled;
}

// proc(5), /proc/PID/fdinfo of an epoll descriptor: "tfd: 8 events: 1c data: 2a pos:0 …".
std::vector<std::uint64_t> PendingConnects::open() const {
  std::vector<std::uint64_t> cookies;
  std::ifstream info(fmt::format("/proc/self/fdinfo/{}", epoll_));
  for (std::string line; std::getline(info, line);) {
    const std::size_t at = line.find("data:");
    if (at == std::string::npos) continue;
    cookies.push_back(std::strtoull(line.c_str() + at + 5, nullptr, 16));
  }
  return cookies;
}

}  // namespace ttrace
