#include "tracer/explore/capture.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "tracer/base/held_signals.h"
#include "tracer/base/result.h"

namespace ttrace {
namespace {

/// A thread that no signal reaches: they are for the one that traces.
template <typename Body>
std::thread without_signals(Body body) {
  const HeldSignals held;
  return std::thread(body);
}

}  // namespace

Capture::Capture() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw UserError(fmt::format("cannot make a pipe: {}", strerror(errno)),
                    "too many files are open (ulimit -n)");
  }
  read_ = UniqueFd(ends[0]);
  write_ = UniqueFd(ends[1]);
  (void)fcntl(read_.get(), F_SETFL, O_NONBLOCK);
  wake_ = UniqueFd(eventfd(0, EFD_CLOEXEC));
  reader_ = without_signals([this] { read_all(); });
}

Capture::~Capture() {
  if (reader_.joinable()) (void)finish();
}

Captured Capture::finish() {
  write_ = UniqueFd();
  const std::uint64_t one = 1;
  (void)!write(wake_.get(), &one, sizeof one);
  reader_.join();
  return std::move(captured_);
}

void Capture::read_all() {
  std::array<pollfd, 2> ends{{{read_.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}}};
  while (poll(ends.data(), ends.size(), -1) >= 0 || errno == EINTR) {
    const bool last = ends[1].revents != 0;
    if (ends[0].revents != 0 && !read_some()) return;
    // What had been written before the end is in the pipe, which holds no more than 1 MiB.
    for (int i = 0; last && i < 256 && read_some(); ++i) continue;
    if (last) return;
  }
}

bool Capture::read_some() {
  std::array<char, 4096> data{};
  const ssize_t size = read(read_.get(), data.data(), data.size());
  if (size < 0) return errno == EINTR;
  if (size == 0) return false;
  const auto got = static_cast<std::size_t>(size);
  const std::size_t kept = std::min(got, kCaptureLimit - captured_.text.size());
  captured_.text.append(data.data(), kept);
  captured_.cut = captured_.cut || kept < got;
  return true;
}

}  // namespace ttrace
