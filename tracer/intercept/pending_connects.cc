#include "tracer/intercept/pending_connects.h"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <string>

#include "tracer/base/held_signals.h"

namespace ttrace {
namespace {

constexpr std::uint64_t kStop = 0;  // in the place of a cookie, which is never 0

}  // namespace

PendingConnects::PendingConnects()
    : epoll_(epoll_create1(EPOLL_CLOEXEC)), stop_(eventfd(0, EFD_CLOEXEC)) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = kStop;
  (void)epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, stop_.get(), &event);
}

PendingConnects::~PendingConnects() {
  if (!thread_.joinable()) return;
  const std::uint64_t one = 1;
  (void)!write(stop_.get(), &one, sizeof one);
  thread_.join();
}

// Signals to ttrace are for the thread that traces: they must interrupt its wait.
void PendingConnects::start_waiting() {
  const HeldSignals held;
  thread_ = std::thread([this] { wait_for_events(); });
}

void PendingConnects::wait_for_events() {
  while (harvest(-1)) continue;
}

// Each event is had by one caller only: EPOLLONESHOT.
bool PendingConnects::harvest(int timeout) {
  std::array<epoll_event, 64> events;
  const int count = epoll_wait(epoll_.get(), events.data(), events.size(), timeout);
  if (count < 0) return errno == EINTR;
  const std::lock_guard lock(mutex_);
  bool goes_on = true;
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.u64 == kStop) {
      goes_on = false;
      continue;
    }
    done_.push_back({event.data.u64, (event.events & (EPOLLERR | EPOLLHUP)) != 0,
                     std::chrono::steady_clock::now()});
  }
  return goes_on;
}

bool PendingConnects::add(const TargetSocket& socket, std::uint64_t cookie) {
  if (!thread_.joinable()) start_waiting();
  epoll_event event{};
  event.events = EPOLLOUT | EPOLLONESHOT;
  event.data.u64 = cookie;
  return epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, socket.fd(), &event) == 0 ||
         epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, socket.fd(), &event) == 0;
}

// The thread may not have had its turn on a busy machine.
std::vector<PendingConnects::Done> PendingConnects::done() {
  (void)harvest(0);
  const std::lock_guard lock(mutex_);
  return std::exchange(done_, {});
}

// proc(5), /proc/PID/fdinfo of an epoll descriptor: "tfd: 8 events: 1c data: 2a pos:0 …".
std::vector<std::uint64_t> PendingConnects::open() const {
  std::vector<std::uint64_t> cookies;
  std::ifstream info(fmt::format("/proc/self/fdinfo/{}", epoll_.get()));
  for (std::string line; std::getline(info, line);) {
    const std::size_t at = line.find("data:");
    if (at == std::string::npos) continue;
    cookies.push_back(std::strtoull(line.c_str() + at + 5, nullptr, 16));
  }
  return cookies;
}

}  // namespace ttrace
