// What a run of a command printed, kept to be compared with what another one printed.
#pragma once

#include <string>
#include <thread>

#include "tracer/base/unique_fd.h"
#include "tracer/engine/launch.h"

namespace ttrace {

/// What is kept of each stream; the rest is read, so that the command goes on, and dropped.
constexpr std::size_t kCaptureLimit = 64 * 1024;

struct Captured {
  std::string text;
  bool cut = false;  // there was more than kCaptureLimit
};

/// Takes in what is written to one descriptor, on a thread of its own, until finish().
class Capture {
 public:
  /// UserError when the machine has no descriptors left.
  Capture();
  ~Capture();
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  /// The end to write to.
  int fd() const { return write_.get(); }
  /// Once the run has ended. What still holds the other end open (a process that escaped) is not
  /// waited for.
  Captured finish();

 private:
  void read_all();
  /// False: there is no more.
  bool read_some();

  UniqueFd read_, write_, wake_;
  Captured captured_;
  std::thread reader_;
};

}  // namespace ttrace
