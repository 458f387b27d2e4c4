#include "tracer/engine/init_cgroup.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

namespace ttrace {
namespace {

namespace fs = std::filesystem;
constexpr const char* kPrefix = "ttrace-init-";

// A mount of its own, so that it does not matter whether and where the machine has mounted one.
UniqueFd open_tree() {
  const UniqueFd context(fsopen("cgroup2", FSOPEN_CLOEXEC));
  if (!context || fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) return {};
  return UniqueFd(fsmount(context.get(), FSMOUNT_CLOEXEC, 0));
}

// cgroups(7): the line of the second version begins with "0::".
std::string own_group() {
  std::ifstream file("/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("0::/") && !line.starts_with("0::/..")) return line.substr(3);
  }
  return "";
}

UniqueFd lock(const std::string& path) {
  UniqueFd directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory || flock(directory.get(), LOCK_EX | LOCK_NB) != 0) return {};
  return directory;
}

// The kernel removes only what has no children and no processes.
bool remove_tree(const fs::path& path) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(path, error)) {
    if (entry.is_directory(error) && !entry.is_symlink(error)) remove_tree(entry.path());
  }
  return rmdir(path.c_str()) == 0;
}

// Those of a ttrace that was killed: nobody holds their locks.
void sweep(const std::string& parent) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(parent, error)) {
    if (!entry.path().filename().string().starts_with(kPrefix)) continue;
    if (lock(entry.path())) remove_tree(entry.path());
  }
}

}  // namespace

InitCgroup::InitCgroup() : tree_(open_tree()) {
  const std::string group = own_group();
  if (!tree_ || group.empty()) return;
  const std::string parent = fmt::format("/proc/self/fd/{}{}", tree_.get(), group);
  sweep(parent);
  path_ = fmt::format("{}/{}{}", parent, kPrefix, getpid());
  if (mkdir(path_.c_str(), 0755) == 0) own_ = lock(path_);
}

InitCgroup::~InitCgroup() {
  if (!own_) return;
  std::ofstream(path_ + "/cgroup.kill") << 1;
  for (int i = 0; i < 100 && !remove_tree(path_); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

bool InitCgroup::enter() const {
  if (!own_) return false;
  std::ofstream file(path_ + "/cgroup.procs");
  return static_cast<bool>(file << 0 << std::flush);
}

// The number of the directory's inode: cgroup_id() in the kernel's linux/cgroup.h.
std::uint64_t InitCgroup::id() const {
  struct stat status {};
  return own_ && fstat(own_.get(), &status) == 0 ? status.st_ino : 0;
}

}  // namespace ttrace
