#include "tracer/engine/root.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "tracer/base/result.h"

namespace ttrace {
namespace {

constexpr const char* kHint =
    "--root needs root (try sudo), or a kernel that lets users make namespaces "
    "(sysctl kernel.unprivileged_userns_clone=1)";

[[noreturn]] void fail(const std::string& what) {
  throw UserError(fmt::format("cannot enter the root: {}: {}", what, strerror(errno)), kHint);
}

void must_mount(const std::string& source, const std::string& target, const char* type,
                unsigned long flags, const std::string& data = "") {
  if (mount(source.c_str(), target.c_str(), type, flags, data.empty() ? nullptr : data.c_str())) {
    fail(fmt::format("mount {} on {}", source, target));
  }
}

void must_mkdir(const std::string& path, mode_t mode) {
  if (mkdir(path.c_str(), mode) && errno != EEXIST) fail("mkdir " + path);
}

void write_file(const char* path, const std::string& text) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    fail(path);
  }
  close(fd);
}

// Without privileges the namespace of mounts is had through one of users, in which the caller is
// root and no one else exists. Returns whether it could do without.
bool unshare_mounts() {
  if (geteuid() == 0) {
    if (unshare(CLONE_NEWNS)) fail("unshare");
    return true;
  }
  const uid_t uid = getuid();
  const gid_t gid = getgid();
  if (unshare(CLONE_NEWNS | CLONE_NEWUSER)) fail("unshare");
  write_file("/proc/self/setgroups", "deny");
  write_file("/proc/self/uid_map", fmt::format("0 {} 1", uid));
  write_file("/proc/self/gid_map", fmt::format("0 {} 1", gid));
  return false;
}

std::string escape_for_overlay(const std::string& path) {
  std::string escaped;
  for (const char c : path) {
    if (c == ',' || c == ':' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

void copy_times_and_mode(const std::string& from, const std::string& to) {
  struct stat st {};
  if (stat(from.c_str(), &st)) return;
  (void)chmod(to.c_str(), st.st_mode & 07777);
  const timespec times[2] = {st.st_atim, st.st_mtim};
  (void)utimensat(AT_FDCWD, to.c_str(), times, 0);
}

// Reading a directory must not make it look new: an overlay would set its time of access at every
// reading, whatever the directory's own file system does.
bool mount_overlay(const std::string& lower, const std::string& layer, const std::string& target) {
  must_mkdir(layer, 0755);
  must_mkdir(layer + "/upper", 0755);
  must_mkdir(layer + "/work", 0755);
  copy_times_and_mode(lower, layer + "/upper");
  const std::string data =
      fmt::format("lowerdir={},upperdir={},workdir={}", escape_for_overlay(lower), layer + "/upper",
                  layer + "/work");
  return mount("overlay", target.c_str(), "overlay", MS_NOATIME, data.c_str()) == 0;
}

// Everything of ours hangs below one tmpfs, mounted over a directory that exists everywhere and
// that the target does not see after the pivot.
constexpr const char* kBase = "/tmp";

std::string mount_root(const RootOptions& options) {
  const std::string base = kBase;
  char* const resolved = realpath(options.directory.c_str(), nullptr);
  if (!resolved) fail(options.directory);
  const std::string directory = resolved;
  std::free(resolved);
  // Opened first: the tmpfs may cover it.
  const int fd = open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) fail(directory);
  const std::string lower = fmt::format("/proc/self/fd/{}", fd);
  must_mount("ttrace", base, "tmpfs", 0, "mode=0755");
  const std::string root = base + "/root";
  must_mkdir(root, 0755);
  if (options.writable) {
    must_mount(lower, root, "", MS_BIND | MS_REC);
  } else {
    const std::string bound = base + "/lower";
    must_mkdir(bound, 0755);
    must_mount(lower, bound, "", MS_BIND | MS_REC);
    if (!mount_overlay(bound, base + "/layer", root)) fail("mount overlay on " + root);
  }
  close(fd);
  return root;
}

// A directory that the root lacks is not made there when it is writable: it is the user's.
void mount_into(const std::string& root, const char* name, const char* type, const char* mode,
                bool may_make) {
  const std::string target = root + name;
  if (may_make) must_mkdir(target, 0755);
  struct stat st {};
  if (stat(target.c_str(), &st) || !S_ISDIR(st.st_mode)) return;
  if (type) {
    must_mount("ttrace", target, type, MS_NOSUID | MS_NODEV, mode);
  } else {
    must_mount(name, target, "", MS_BIND | MS_REC);
  }
}

// What the target makes or removes in /dev (a log daemon its socket, say) must not reach the
// machine. Without privileges no device of a layer could be opened.
void mount_devices(const std::string& root, bool privileged, bool may_make) {
  const std::string target = root + "/dev";
  if (may_make) must_mkdir(target, 0755);
  struct stat st {};
  if (stat(target.c_str(), &st) || !S_ISDIR(st.st_mode)) return;
  if (privileged && mount_overlay("/dev", std::string(kBase) + "/devices", target)) {
    // The machine's log daemon is not that of the root; its socket, or a link to it, is in the way.
    (void)unlink((target + "/log").c_str());
    for (const std::string name : {"/dev/pts", "/dev/mqueue", "/dev/hugepages"}) {
      if (access(name.c_str(), F_OK) == 0) must_mount(name, root + name, "", MS_BIND);
    }
  } else {
    must_mount("/dev", target, "", MS_BIND | MS_REC);
  }
  mount_into(root, "/dev/shm", "tmpfs", "mode=1777", false);
}

// It was there long before the run, as the directory that it covers.
void mount_tmp(const std::string& root, bool may_make) {
  struct stat covered {};
  const bool known = stat((root + "/tmp").c_str(), &covered) == 0;
  mount_into(root, "/tmp", "tmpfs", "mode=1777", may_make);
  const timespec times[2] = {covered.st_atim, covered.st_mtim};
  if (known) (void)utimensat(AT_FDCWD, (root + "/tmp").c_str(), times, 0);
}

void pivot_into(const std::string& root) {
  if (chdir(root.c_str())) fail("chdir");
  if (syscall(SYS_pivot_root, ".", ".")) fail("pivot_root");
  if (umount2(".", MNT_DETACH)) fail("umount");
  if (chdir("/")) fail("chdir /");
}

}  // namespace

void check_root(const std::string& directory) {
  struct stat st {};
  if (stat(directory.c_str(), &st)) {
    throw UserError(fmt::format("--root {}: {}", directory, strerror(errno)),
                    "give a directory that holds a whole system (bin, lib, etc …)");
  }
  if (!S_ISDIR(st.st_mode)) {
    throw UserError(fmt::format("--root {}: not a directory", directory),
                    "give a directory that holds a whole system (bin, lib, etc …)");
  }
  for (const char* name : {"/bin", "/usr/bin", "/sbin"}) {
    if (!stat((directory + name).c_str(), &st) || !lstat((directory + name).c_str(), &st)) return;
  }
  throw UserError(fmt::format("--root {}: this is no root file system: it has no bin", directory),
                  "make one with: mmdebstrap --arch=i386 --variant=minbase bookworm DIR");
}

void enter_root(const RootOptions& options) {
  const bool privileged = unshare_mounts();
  must_mount("none", "/", "", MS_REC | MS_PRIVATE);
  const std::string root = mount_root(options);
  const bool may_make = !options.writable;
  mount_into(root, "/proc", nullptr, nullptr, may_make);
  mount_into(root, "/sys", nullptr, nullptr, may_make);
  mount_devices(root, privileged, may_make);
  mount_tmp(root, may_make);
  mount_into(root, "/run", "tmpfs", "mode=0755", may_make);
  // Making what the root lacked has changed its times.
  if (!options.writable) copy_times_and_mode(std::string(kBase) + "/lower", root);
  pivot_into(root);
}

}  // namespace ttrace
