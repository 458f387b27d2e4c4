#include "tracer/session/core_place.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gelf.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "tracer/session/as_user.h"

namespace ttrace {
namespace {

using Place = CoreConditions::Place;
constexpr std::uint64_t kSmallest = 65536;  // no real program's core is smaller

struct Parts {
  std::string folder, name;
};

Parts split(const std::string& target) {
  const auto slash = target.rfind('/');
  if (slash == std::string::npos) return {".", target};
  return {slash == 0 ? "/" : target.substr(0, slash), target.substr(slash + 1)};
}

// Where the path begins; reached as ttrace itself, since it leads through /proc.
UniqueFd open_base(const CoreFile& file) {
  const bool relative = !file.target.starts_with('/');
  const std::string path = fmt::format("/proc/{}/{}", raw(file.pid), relative ? "cwd" : "root");
  return UniqueFd(open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
}

UniqueFd open_folder(const UniqueFd& base, const CoreFile& file, const std::string& folder) {
  open_how how{};
  how.flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  if (file.target.starts_with('/')) how.resolve = RESOLVE_IN_ROOT;
  return UniqueFd(
      static_cast<int>(syscall(SYS_openat2, base.get(), folder.c_str(), &how, sizeof how)));
}

bool allows(const UniqueFd& directory, int mode) {
  return syscall(SYS_faccessat2, directory.get(), "", mode, AT_EACCESS | AT_EMPTY_PATH) == 0;
}

Place judge_folder(const UniqueFd& directory) {
  struct stat st {};
  if (!directory) return errno == EACCES ? Place::kUnwritable : Place::kMissing;
  if (fstat(directory.get(), &st) != 0 || st.st_nlink == 0) return Place::kMissing;
  if (allows(directory, W_OK | X_OK)) return Place::kFine;
  return errno == EROFS ? Place::kReadOnly : Place::kUnwritable;
}

// An older file is unlinked first; what cannot be is not overwritten either (O_EXCL, Linux 4.3).
Place judge_older(const UniqueFd& directory, const std::string& name, const CoreFile& file,
                  bool& exists) {
  struct statx old {};
  struct stat folder {};
  exists = statx(directory.get(), name.c_str(), AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &old) == 0;
  if (!exists || fstat(directory.get(), &folder) != 0) return Place::kFine;
  if (S_ISDIR(old.stx_mode)) return Place::kNotAFile;
  const auto user = static_cast<uid_t>(file.status.fs_uid);
  const bool foreign =
      (folder.st_mode & S_ISVTX) != 0 && user != 0 && old.stx_uid != user && folder.st_uid != user;
  const bool fixed = (old.stx_attributes & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND)) != 0;
  return file.careful || foreign || fixed ? Place::kLinked : Place::kFine;
}

bool over_quota(const UniqueFd& directory, int kind, int id) {
  dqblk quota{};
  return syscall(SYS_quotactl_fd, directory.get(), QCMD(Q_GETQUOTA, kind), id, &quota) == 0 &&
         is_used_up(quota, time(nullptr));
}

// Root writes into reserved blocks and beyond its quota.
Place judge_room(const UniqueFd& directory, bool exists, const ProcStatus& status) {
  const bool root = status.fs_uid == 0;
  struct statvfs system {};
  if (fstatvfs(directory.get(), &system) == 0) {
    const auto free = (root ? system.f_bfree : system.f_bavail) * system.f_frsize;
    const bool no_inode = system.f_files > 0 && system.f_favail == 0 && !exists;
    if (free < kSmallest || no_inode) return Place::kFull;
  }
  const bool over = !root && (over_quota(directory, USRQUOTA, status.fs_uid) ||
                              over_quota(directory, GRPQUOTA, status.fs_gid));
  return over ? Place::kFull : Place::kFine;
}

// How long the file would be, as its own headers say.
std::uint64_t length_by_headers(const UniqueFd& file) {
  Elf* const elf = (elf_version(EV_CURRENT), elf_begin(file.get(), ELF_C_READ, nullptr));
  std::size_t count = 0;
  std::uint64_t length = 0;
  if (elf && elf_getphdrnum(elf, &count) == 0) {
    for (std::size_t i = 0; i < count; ++i) {
      GElf_Phdr header;
      if (!gelf_getphdr(elf, static_cast<int>(i), &header)) continue;
      length = std::max<std::uint64_t>(length, header.p_offset + header.p_filesz);
    }
  }
  elf_end(elf);
  return length;
}

}  // namespace

Place judge_core_place(const CoreFile& file) {
  const UniqueFd base = open_base(file);
  const Parts parts = split(file.target);
  bool exists = false;
  const AsUser user(file.status, file.careful);
  const UniqueFd directory = open_folder(base, file, parts.folder);
  Place place = judge_folder(directory);
  if (place == Place::kFine) place = judge_older(directory, parts.name, file, exists);
  return place == Place::kFine ? judge_room(directory, exists, file.status) : place;
}

UniqueFd make_core_file(const CoreFile& file) {
  const UniqueFd base = open_base(file);
  const Parts parts = split(file.target);
  const AsUser user(file.status, file.careful);
  const UniqueFd directory = open_folder(base, file, parts.folder);
  if (!directory) return {};
  if (!file.careful) (void)unlinkat(directory.get(), parts.name.c_str(), 0);
  return UniqueFd(openat(directory.get(), parts.name.c_str(),
                         O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
}

// A soft limit holds once its time is over.
bool is_used_up(const dqblk& quota, time_t now) {
  const std::uint64_t after = quota.dqb_curspace + kSmallest;
  const auto soft = [&](std::uint64_t limit, std::uint64_t used, std::uint64_t until) {
    return limit > 0 && used > limit && until > 0 && static_cast<std::uint64_t>(now) > until;
  };
  constexpr std::uint64_t kBlock = 1024;  // of limits; use is in bytes
  return (quota.dqb_bhardlimit > 0 && after > quota.dqb_bhardlimit * kBlock) ||
         (quota.dqb_ihardlimit > 0 && quota.dqb_curinodes >= quota.dqb_ihardlimit) ||
         soft(quota.dqb_bsoftlimit * kBlock, after, quota.dqb_btime) ||
         soft(quota.dqb_isoftlimit, quota.dqb_curinodes + 1, quota.dqb_itime);
}

CorePlace::CorePlace(const CoreFile& file) {
  if (file.target.empty()) return;
  const UniqueFd base = open_base(file);
  const Parts parts = split(file.target);
  directory_ = std::make_shared<UniqueFd>(open_folder(base, file, parts.folder));
  name_ = parts.name;
  (void)open_file(before_);
}

UniqueFd CorePlace::open_file(Mark& mark) const {
  struct stat st {};
  UniqueFd file(
      openat(directory_->get(), name_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file || fstat(file.get(), &st) != 0 || !S_ISREG(st.st_mode)) return {};
  mark = {st.st_ino, st.st_ctim.tv_sec, st.st_ctim.tv_nsec};
  return file;
}

void CorePlace::look(CrashEnd& end) const {
  if (!directory_ || !*directory_) return;
  Mark mark;
  struct stat st {};
  const UniqueFd file = open_file(mark);
  if (!file || mark == before_ || fstat(file.get(), &st) != 0) return;
  end.core_size = static_cast<std::uint64_t>(st.st_size);
  end.core_wanted = std::max<std::uint64_t>(length_by_headers(file), 1);
}

}  // namespace ttrace
