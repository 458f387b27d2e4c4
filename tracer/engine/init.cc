#include "tracer/engine/init.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "tracer/base/result.h"
#include "tracer/base/unique_fd.h"
#include "tracer/engine/init_devices.h"

namespace ttrace {
namespace {

// Mounts below it too, such as the control groups of /sys.
void make_read_only(const char* path) {
  if (access(path, F_OK) != 0) return;
  if (mount(path, path, "", MS_BIND | MS_REC, nullptr)) fail_init(path);
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_RDONLY;
  if (mount_setattr(AT_FDCWD, path, AT_RECURSIVE, &attributes, sizeof attributes)) fail_init(path);
}

// Every id stands for itself. Whoever writes this must be outside the namespace and privileged.
bool map_all_ids(pid_t of) {
  for (const char* const name : {"uid_map", "gid_map"}) {
    std::ofstream file(fmt::format("/proc/{}/{}", of, name));
    if (!(file << "0 0 4294967295" << std::flush)) return false;
  }
  return true;
}

// A child stays outside to write the map. What is mounted by now is locked: the new namespace of
// mounts belongs to less privileged users (mount_namespaces(7)).
void enter_user_namespace(int network) {
  std::array<int, 2> entered{};
  if (pipe2(entered.data(), O_CLOEXEC)) fail_init("a pipe");
  const pid_t self = getpid();
  const pid_t helper = fork();
  if (helper < 0) fail_init("fork");
  if (helper == 0) {
    char byte;
    _exit(read(entered[0], &byte, 1) == 1 && map_all_ids(self) ? 0 : 1);
  }
  constexpr int kFlags =
      CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP;
  if (unshare(kFlags | network)) fail_init("new namespaces");
  int status = 1;
  const bool asked = write(entered[1], "g", 1) == 1;
  if (!asked || waitpid(helper, &status, 0) != helper || status != 0) fail_init("its users");
  close(entered[0]);
  close(entered[1]);
}

// The one interface that a new network namespace has is down.
void start_loopback() {
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  if (ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0) fail_init("the loopback interface");
}

}  // namespace

void fail_init(const std::string& what) {
  throw UserError(fmt::format("--init: {}: {}", what, strerror(errno)),
                  "--init needs root, with CAP_SYS_ADMIN in a container, and user namespaces "
                  "(sysctl user.max_user_namespaces)");
}

void refuse_systemd(const std::string& path) {
  if (!path.ends_with("/systemd")) return;
  throw UserError(fmt::format("--init {}: it would set up the files of this machine", path),
                  "give it a root file system by --root DIR; --root / is this machine's, with all "
                  "changes lost at the end");
}

void must_mount_for_init(const std::string& at, const char* type, unsigned long flags,
                         const char* data) {
  if (mount(type, at.c_str(), type, flags, data)) fail_init(at);
}

pid_t fork_init() {
  constexpr unsigned long kFlags = CLONE_NEWPID | CLONE_NEWNS;
  const long pid = syscall(SYS_clone, kFlags | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
  if (pid < 0) fail_init("new namespaces");
  return static_cast<pid_t>(pid);
}

void enter_init(const InitCgroup& cgroup, bool own_network) {
  constexpr unsigned long kPlain = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  if (mount("none", "/", "", MS_REC | MS_PRIVATE, nullptr)) fail_init("/");
  must_mount_for_init("/proc", "proc", kPlain);
  for (const char* const path :
       {"/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/sys"}) {
    make_read_only(path);
  }
  mount_own_devices();
  if (access("/run", F_OK) == 0)
    must_mount_for_init("/run", "tmpfs", kPlain & ~MS_NOEXEC, "mode=0755");
  const bool has_cgroup = cgroup.enter();
  enter_user_namespace(own_network ? CLONE_NEWNET : 0);
  if (own_network) start_loopback();
  if (has_cgroup) must_mount_for_init("/sys/fs/cgroup", "cgroup2", kPlain);
  // By this systemd knows that the machine is not its own to set up.
  setenv("container", "ttrace", 1);
}

}  // namespace ttrace
