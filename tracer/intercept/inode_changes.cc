#include "tracer/intercept/inode_changes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <string>

#include "tracer/abi/syscall_table.h"
#include "tracer/base/link_text.h"
#include "tracer/base/unique_fd.h"
#include "tracer/engine/remote_memory.h"
#include "tracer/session/file_systems.h"

namespace ttrace {

/// Where a call names the file whose inode it changes.
struct InodeChange {
  const char* name;
  unsigned directory;  // the argument with a descriptor; 6: the working directory
  unsigned path;       // 6: the descriptor is the file's own
};

namespace {

constexpr unsigned kNone = 6;

// Of what is renamed the new name; of what is linked the old one, since an overlay takes the new
// name for another file.
constexpr std::array kChanges = {
    InodeChange{"chmod", kNone, 0},        InodeChange{"fchmod", 0, kNone},
    InodeChange{"fchmodat", 0, 1},         InodeChange{"fchmodat2", 0, 1},
    InodeChange{"chown", kNone, 0},        InodeChange{"lchown", kNone, 0},
    InodeChange{"fchown", 0, kNone},       InodeChange{"fchownat", 0, 1},
    InodeChange{"chown32", kNone, 0},      InodeChange{"lchown32", kNone, 0},
    InodeChange{"fchown32", 0, kNone},     InodeChange{"rename", kNone, 1},
    InodeChange{"renameat", 2, 3},         InodeChange{"renameat2", 2, 3},
    InodeChange{"link", kNone, 0},         InodeChange{"linkat", 0, 1},
    InodeChange{"setxattr", kNone, 0},     InodeChange{"lsetxattr", kNone, 0},
    InodeChange{"fsetxattr", 0, kNone},    InodeChange{"utimensat", 0, 1},
    InodeChange{"utimensat_time64", 0, 1}, InodeChange{"utimes", kNone, 0},
    InodeChange{"utime", kNone, 0},        InodeChange{"futimesat", 0, 1},
};

// As the target would find it: symbolic links lead about in its root, not in ours.
UniqueFd open_file(const SyscallStop& stop, const InodeChange& change) {
  const std::string process = fmt::format("/proc/{}", raw(stop.pid()));
  const int descriptor =
      change.directory == kNone ? AT_FDCWD : static_cast<int>(stop.args[change.directory]);
  const std::string base =
      descriptor == AT_FDCWD ? process + "/cwd" : fmt::format("{}/fd/{}", process, descriptor);
  std::string path;
  if (change.path != kNone && stop.args[change.path] != 0) {
    path = read_string(stop.pid(), stop.pointer(change.path), PATH_MAX);
  }
  if (path.empty()) return UniqueFd(open(base.c_str(), O_PATH | O_CLOEXEC));
  if (path[0] != '/') path = link_text(base) + "/" + path;
  const UniqueFd root(open((process + "/root").c_str(), O_PATH | O_CLOEXEC));
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT;
  return UniqueFd(
      static_cast<int>(syscall(SYS_openat2, root.get(), path.c_str(), &how, sizeof how)));
}

// A directory that is still below cannot be told from a new one, which a mark does no harm.
bool may_come_from_below(const shim::FileSystems& files, const struct stat& st) {
  const std::uint32_t device = encode_device(st.st_dev);
  if (S_ISDIR(st.st_mode)) return device == files.layer;
  return S_ISREG(st.st_mode) && device == files.layer_files;
}

// The mark is the one attribute that statx tells and nobody minds: "not to be dumped" (chattr +d).
// A tmpfs keeps it since Linux 6.6; before, the file's ctime goes by its time of copying alone.
void mark(const shim::FileSystems& files, const UniqueFd& file) {
  struct stat st {};
  if (file.get() < 0 || fstat(file.get(), &st) || !may_come_from_below(files, st)) return;
  const UniqueFd opened(open(fmt::format("/proc/self/fd/{}", file.get()).c_str(),
                             O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (opened.get() < 0) return;
  const int flags = FS_NODUMP_FL;
  (void)ioctl(opened.get(), FS_IOC_SETFLAGS, &flags);
}

}  // namespace

void InodeChanges::subscribe(std::vector<Subscription>& subscriptions) {
  for (const Abi abi : {Abi::kX86_64, Abi::kI386}) {
    for (const InodeChange& change : kChanges) {
      const auto nr = syscall_number(abi, change.name);
      if (!nr) continue;
      changes_[{abi, *nr}] = &change;
      add(subscriptions, abi, change.name);
    }
  }
}

// The time stamps are translated at the entry of the calls that set them, by an interceptor that
// needs their exit for itself.
Interceptor::Next InodeChanges::on_entry(SyscallStop& stop) {
  if (files_.layer == 0) return Next::kGoOn;
  const InodeChange& change = *changes_.at({stop.abi, stop.nr});
  if (std::string_view(change.name).find("utime") == std::string_view::npos) {
    return Next::kStopAtExit;
  }
  mark(files_, open_file(stop, change));
  return Next::kGoOn;
}

void InodeChanges::on_exit(SyscallStop& stop) {
  if (stop.result == 0) mark(files_, open_file(stop, *changes_.at({stop.abi, stop.nr})));
}

}  // namespace ttrace
