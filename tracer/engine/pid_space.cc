#include "tracer/engine/pid_space.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tracer/base/result.h"
#include "tracer/base/unique_fd.h"

namespace ttrace {
namespace {

[[noreturn]] void fail(const char* what) {
  throw UserError(fmt::format("cannot contain the command: {}: {}", what, strerror(errno)),
                  "it needs root, with CAP_SYS_ADMIN in a container");
}

/// Reaps what the command leaves, and holds nothing open. No more than system calls: there may be
/// other threads in the process that this one is a copy of.
[[noreturn]] void be_first() {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  signal(SIGCHLD, SIG_IGN);
  close_range(0, ~0U, 0);
  while (true) pause();
}

}  // namespace

PidSpace::PidSpace() {
  const long pid = syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
  if (pid < 0) fail("a namespace of processes");
  if (pid == 0) be_first();
  first_ = static_cast<pid_t>(pid);
}

PidSpace::~PidSpace() {
  kill(first_, SIGKILL);
  while (waitpid(first_, nullptr, 0) < 0 && errno == EINTR) continue;
}

pid_t PidSpace::fork_inside() const {
  const UniqueFd own(open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC));
  const std::string path = fmt::format("/proc/{}/ns/pid", first_);
  const UniqueFd inside(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!own || !inside || setns(inside.get(), CLONE_NEWPID) != 0) fail("entering it");
  const pid_t pid = fork();
  if (pid != 0 && setns(own.get(), CLONE_NEWPID) != 0) fail("leaving it");
  return pid;
}

}  // namespace ttrace
