// Where a core is to be: whether the kernel could make it there, and what came of it. core(5),
// Linux 6.1 fs/coredump.c, do_coredump(). Nothing is changed, and no file is made to find out.
#pragma once

#include <sys/quota.h>

#include <ctime>
#include <memory>
#include <string>

#include "analyzers/event.h"
#include "tracer/base/types.h"
#include "tracer/base/unique_fd.h"
#include "tracer/session/proc_status.h"

namespace ttrace {

/// A file that is to be made.
struct CoreFile {
  Pid pid{0};          // of the process that dies
  std::string target;  // absolute in its root, or relative to its working directory
  ProcStatus status;   // of the thread that dies: its user makes the file
  /// As do_coredump() does it for a process that privileges made undumpable, if suid_dumpable is 2:
  /// as root, and never in place of another file.
  bool careful = false;
};

/// kLinked: a file is there that cannot be replaced. kFull: or a quota is used up. kUnwritable: or
/// the way there may not be searched. The kernel is asked as the file's user, so that access lists
/// and all other rules count; but for capabilities that this user may have.
CoreConditions::Place judge_core_place(const CoreFile& file);

/// Makes it as the kernel does, for its owner alone.
UniqueFd make_core_file(const CoreFile& file);

/// No block, or no file, more for this user or group, at this time: quotactl(2).
bool is_used_up(const dqblk& quota, time_t now);

/// The place where a core is going to be, kept open while its process dies: with it goes the way to
/// its root and its working directory.
class CorePlace {
 public:
  explicit CorePlace(const CoreFile& file);
  /// Sets size and wanted size, which is 1 if it is not known, of the file that was made there
  /// since, if there is one.
  void look(CrashEnd& end) const;

 private:
  struct Mark {
    std::uint64_t inode = 0;
    std::int64_t seconds = 0, nanoseconds = 0;
    bool operator==(const Mark&) const = default;
  };
  UniqueFd open_file(Mark& mark) const;

  std::shared_ptr<UniqueFd> directory_;
  std::string name_;
  Mark before_;  // of a file that was there already
};

}  // namespace ttrace
