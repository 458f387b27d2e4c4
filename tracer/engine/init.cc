#include "tracer/engine/init.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "tracer/base/result.h"

namespace ttrace {
namespace {

[[noreturn]] void fail(const char* what) {
  throw UserError(fmt::format("--init: {}: {}", what, strerror(errno)),
                  "--init needs root, with CAP_SYS_ADMIN in a container");
}

// Mounts below it too, such as the control groups of /sys.
void make_read_only(const char* path) {
  if (access(path, F_OK) != 0) return;
  if (mount(path, path, "", MS_BIND | MS_REC, nullptr)) fail(path);
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_RDONLY;
  if (mount_setattr(AT_FDCWD, path, AT_RECURSIVE, &attributes, sizeof attributes)) fail(path);
}

}  // namespace

pid_t fork_init() {
  constexpr unsigned long kFlags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC;
  const long pid = syscall(SYS_clone, kFlags | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
  if (pid < 0) fail("new namespaces");
  return static_cast<pid_t>(pid);
}

void enter_init() {
  if (mount("none", "/", "", MS_REC | MS_PRIVATE, nullptr)) fail("/");
  if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr)) fail("/proc");
  for (const char* const path :
       {"/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/sys"}) {
    make_read_only(path);
  }
  // By this systemd knows that the machine is not its own to set up.
  setenv("container", "ttrace", 1);
}

}  // namespace ttrace
