#include "tracer/explore/repeat.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>

namespace ttrace {
namespace {

std::atomic<bool> stop_asked{false};

}  // namespace

StopRequests::StopRequests() {
  stop_asked = false;
  struct sigaction action {};
  action.sa_handler = [](int) { stop_asked = true; };
  for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &action, &former_[i]);
}

StopRequests::~StopRequests() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &former_[i], nullptr);
}

bool StopRequests::is_stopped() { return stop_asked; }

Input::Input() : null_(open("/dev/null", O_RDWR | O_CLOEXEC)) {
  struct stat status {};
  if (fstat(STDIN_FILENO, &status) != 0 || !S_ISREG(status.st_mode)) return;
  start_ = lseek(STDIN_FILENO, 0, SEEK_CUR);
}

void Input::rewind() const {
  if (start_ >= 0) (void)lseek(STDIN_FILENO, start_, SEEK_SET);
}

StandardFiles Input::shown() const { return {start_ >= 0 ? -1 : null_.get(), -1, -1}; }

StandardFiles Input::silent() const { return {shown().in, null_.get(), null_.get()}; }

}  // namespace ttrace
