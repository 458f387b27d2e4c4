#include "tracer/engine/beside.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tracer/base/result.h"
#include "tracer/base/unique_fd.h"

namespace ttrace {
namespace {

[[noreturn]] void fail() {
  throw UserError(fmt::format("cannot enter its namespaces: {}", strerror(errno)), "");
}

}  // namespace

// A pid namespace is that of the children to come (setns(2)); those after this one are ours again.
pid_t fork_beside(int pidfd) {
  const UniqueFd own(open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC));
  if (!own || setns(pidfd, CLONE_NEWPID)) fail();
  const pid_t pid = fork();
  if (pid != 0 && setns(own.get(), CLONE_NEWPID)) fail();
  return pid;
}

void enter_beside(int pidfd) {
  constexpr int kOthers =
      CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP;
  if (setns(pidfd, kOthers)) fail();
}

}  // namespace ttrace
