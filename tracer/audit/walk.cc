#include "tracer/audit/walk.h"

#include <dirent.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <memory>

namespace ttrace::audit {
namespace {

// Not in Debian 12's linux/magic.h under these names.
constexpr std::array<std::int64_t, 12> kPseudo = {
    PROC_SUPER_MAGIC,    SYSFS_MAGIC,    DEVPTS_SUPER_MAGIC, CGROUP_SUPER_MAGIC,
    CGROUP2_SUPER_MAGIC, DEBUGFS_MAGIC,  TRACEFS_MAGIC,      SECURITYFS_MAGIC,
    BPF_FS_MAGIC,        PSTOREFS_MAGIC, EFIVARFS_MAGIC,     SELINUX_MAGIC};

bool is_pseudo(const std::string& directory) {
  struct statfs fs {};
  if (::statfs(directory.c_str(), &fs) != 0) return false;
  return std::find(kPseudo.begin(), kPseudo.end(), std::int64_t{fs.f_type}) != kPseudo.end();
}

const char* special_name(mode_t mode) {
  if (S_ISFIFO(mode)) return "a FIFO";
  if (S_ISCHR(mode)) return "a character device";
  if (S_ISBLK(mode)) return "a block device";
  return "a socket";
}

class Walker {
 public:
  Walked walk(const std::string& top) {
    struct stat st {};
    if (::lstat(top.c_str(), &st) != 0) {
      refuse(top, std::strerror(errno));
    } else if (S_ISDIR(st.st_mode)) {
      device_ = st.st_dev;
      pending_.push_back(top);
      while (!pending_.empty()) next_directory();
    } else {
      add(top, st.st_mode);
    }
    return std::move(walked_);
  }

 private:
  void next_directory() {
    const std::string path = std::move(pending_.back());
    pending_.pop_back();
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(path.c_str()), &::closedir);
    if (!directory) return refuse(path, std::strerror(errno));
    struct stat st {};
    const bool mounted = ::fstat(::dirfd(directory.get()), &st) == 0 && st.st_dev != device_;
    if (mounted && is_pseudo(path)) return;
    const std::string prefix = path == "/" ? path : path + "/";
    while (const dirent* entry = ::readdir(directory.get())) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") add_entry(prefix + entry->d_name, entry->d_type);
    }
  }

  void add_entry(std::string path, unsigned char type) {
    if (type == DT_LNK) return;
    if (path.size() >= PATH_MAX) return refuse(std::move(path), "its path is too long");
    if (type == DT_REG) return walked_.files.push_back(std::move(path));
    if (type == DT_DIR) return pending_.push_back(std::move(path));
    struct stat st {};
    if (::lstat(path.c_str(), &st) != 0) return refuse(std::move(path), std::strerror(errno));
    if (S_ISDIR(st.st_mode)) return pending_.push_back(std::move(path));
    add(std::move(path), st.st_mode);
  }

  void add(std::string path, mode_t mode) {
    if (S_ISLNK(mode)) return;
    if (S_ISREG(mode)) return walked_.files.push_back(std::move(path));
    refuse(std::move(path), std::string(special_name(mode)) + ": not opened");
  }

  void refuse(std::string path, std::string why) {
    walked_.refused.push_back({std::move(path), std::move(why)});
  }

  dev_t device_ = 0;
  std::vector<std::string> pending_;
  Walked walked_;
};

}  // namespace

Walked walk(const std::string& top) { return Walker().walk(top); }

}  // namespace ttrace::audit
