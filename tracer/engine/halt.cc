// The part of Tracer that brings all threads of an address space to a standstill.
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>

#include "tracer/base/stat_fields.h"
#include "tracer/engine/tracer.h"

namespace ttrace {
namespace {

constexpr std::chrono::microseconds kPause{200};
constexpr int kPatience = 500;  // pauses

char state_of(Pid tid) {
  const auto fields = stat_fields(tid);
  return fields.empty() ? 'X' : fields[0][0];
}

/// A status, or 0: no new one comes, since the thread is in a stop that is known already, or asleep
/// where nothing but its event wakes it (the maker of a vfork child), or gone.
int wait_for_stop(Pid tid) {
  for (int tries = 0;; ++tries) {
    const char state = state_of(tid);  // first: a stop in between is found by the wait
    int status = 0;
    const pid_t stopped = waitpid(raw(tid), &status, __WALL | WNOHANG);
    if (stopped > 0) return status;
    if (stopped < 0 && errno != EINTR) return 0;
    const bool stands = state == 'D' || state == 't' || state == 'X' || state == 'Z';
    if (stands && tries > kPatience) return 0;
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace

void Tracer::while_halted(const AddressSpace& space, const std::function<void(Halted&)>& action) {
  Halted halted;
  for (const auto& [tid, tracee] : tracees_) {
    if (tracee.process && tracee.process->space.get() == &space) halted.push_back({tid, 0});
  }
  std::erase_if(halted, [this](const HaltedThread& thread) { return !ask(thread.tid); });
  for (HaltedThread& thread : halted) thread.status = wait_for_stop(thread.tid);
  std::erase_if(halted, [this](const HaltedThread& thread) {
    if (thread.status == 0 || WIFSTOPPED(thread.status)) return false;
    dispatch(thread.tid, thread.status);
    return true;
  });
  action(halted);
  for (const HaltedThread& thread : halted) {
    if (thread.status != 0) dispatch(thread.tid, thread.status);
  }
}

}  // namespace ttrace
