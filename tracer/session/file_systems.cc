#include "tracer/session/file_systems.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

#include "preload/shim/stat_layouts.h"

namespace ttrace {
namespace {

// Made by the kernel at boot or when they are first mounted, and never written to a disk.
constexpr std::array kFreshTypes = {
    "proc",       "sysfs",    "devtmpfs",  "devpts",      "cgroup",  "cgroup2",
    "securityfs", "debugfs",  "tracefs",   "bpf",         "mqueue",  "pstore",
    "configfs",   "efivarfs", "hugetlbfs", "binfmt_misc", "fusectl", "selinuxfs"};

bool is_below(const std::string& path, const std::string& directory) {
  return path == directory || path.starts_with(directory + "/");
}

// /tmp is emptied at boot, if at all, but not made by it.
bool is_made_at_boot(const std::string& type, const std::string& mounted_on) {
  if (std::find(kFreshTypes.begin(), kFreshTypes.end(), type) != kFreshTypes.end()) return true;
  return type == "tmpfs" && (is_below(mounted_on, "/run") || is_below(mounted_on, "/dev") ||
                             is_below(mounted_on, "/sys"));
}

std::optional<dev_t> device_of(const std::string& path) {
  struct stat st {};
  if (lstat(path.c_str(), &st)) return std::nullopt;
  return st.st_dev;
}

// Pipes, sockets and the like have file systems of the kernel's own that are mounted nowhere.
void add_nameless(std::set<dev_t>& devices) {
  std::array<int, 2> ends{-1, -1};
  if (pipe2(ends.data(), O_CLOEXEC)) ends = {-1, -1};
  const std::array files{ends[0], ends[1], socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0),
                         eventfd(0, EFD_CLOEXEC)};
  for (const int file : files) {
    struct stat st {};
    if (file >= 0 && fstat(file, &st) == 0) devices.insert(st.st_dev);
    if (file >= 0) close(file);
  }
}

// A layer over devtmpfs shows its nodes as being on devices of their own.
void add_nodes(const std::string& root, std::set<dev_t>& devices) {
  for (const char* name : {"/dev", "/dev/null", "/dev/zero", "/dev/tty", "/dev/fd"}) {
    if (const auto device = device_of(root + name)) devices.insert(*device);
  }
}

// Of an overlay's files that come from below, each is on the same device, which is neither that of
// its directories nor that of the files above.
std::optional<dev_t> device_of_lower_files(const std::string& root) {
  for (const char* name : {"/etc", "/usr/bin", "/bin"}) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(root + name, error)) {
      std::error_code unused;
      if (entry.symlink_status(unused).type() == std::filesystem::file_type::regular) {
        return device_of(entry.path());
      }
    }
  }
  return std::nullopt;
}

}  // namespace

FreshMounts fresh_mounts(std::istream& mountinfo) {
  FreshMounts found;
  for (std::string line; std::getline(mountinfo, line);) {
    std::istringstream fields(line);
    std::string id, parent, device, root, mounted_on, word, type;
    if (!(fields >> id >> parent >> device >> root >> mounted_on)) continue;
    while (fields >> word && word != "-") continue;
    unsigned major_number = 0, minor_number = 0;
    if (!(fields >> type) ||
        std::sscanf(device.c_str(), "%u:%u", &major_number, &minor_number) != 2) {
      continue;
    }
    if (mounted_on == "/dev") found.has_dev = true;
    if (is_made_at_boot(type, mounted_on)) {
      found.devices.insert(makedev(major_number, minor_number));
    }
  }
  return found;
}

std::uint32_t encode_device(dev_t device) {
  return shim::encode_device(major(device), minor(device));
}

shim::FileSystems look_at_file_systems(Pid pid, bool layered) {
  const std::string root = fmt::format("/proc/{}/root", raw(pid));
  std::ifstream mountinfo(fmt::format("/proc/{}/mountinfo", raw(pid)));
  FreshMounts mounts = fresh_mounts(mountinfo);
  add_nameless(mounts.devices);
  if (mounts.has_dev) add_nodes(root, mounts.devices);
  const auto root_device = device_of(root + "/");
  // Where /run or /dev is but a part of them.
  for (const auto& old : {root_device, device_of(root + "/tmp")}) {
    if (old) mounts.devices.erase(*old);
  }
  shim::FileSystems files{};
  if (root_device) files.known_old = encode_device(*root_device);
  for (const dev_t device : mounts.devices) {
    if (files.fresh_count < shim::kFreshCount) {
      files.fresh[files.fresh_count++] = encode_device(device);
    }
  }
  const auto lower = layered ? device_of_lower_files(root) : std::nullopt;
  if (root_device && lower) {
    files.layer = encode_device(*root_device);
    files.layer_files = encode_device(*lower);
  }
  return files;
}

}  // namespace ttrace
