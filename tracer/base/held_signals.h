// Signals that wait for as long as an object lives: for a thread that none must reach, and for a
// child that must not take one before it is ready.
#pragma once

#include <csignal>

namespace ttrace {

/// Blocks every signal in the calling thread; what it starts meanwhile, threads and children,
/// begins with them blocked.
class HeldSignals {
 public:
  HeldSignals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &former_);
  }
  ~HeldSignals() { release(); }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

  /// As it was before; what came meanwhile is delivered.
  void release() const { pthread_sigmask(SIG_SETMASK, &former_, nullptr); }

 private:
  sigset_t former_{};
};

}  // namespace ttrace
