// What decides whether a core will be kept, read from the machine and the process before it dies:
// core(5). Nothing is changed, and no file is made to find out.
#pragma once

#include <memory>

#include "analyzers/event.h"
#include "tracer/base/unique_fd.h"
#include "tracer/engine/tracee.h"

namespace ttrace {

struct CorePattern {
  std::string text;
  bool simulated = false;
  bool inner = false;  // the target's pid namespace stands for the machine's
};

/// /proc/sys/kernel/core_pattern.
CorePattern machine_pattern();

/// `signal` is what the process dies of.
CoreConditions core_conditions(const Process& process, Pid tid, int signal,
                               const CorePattern& pattern);

/// What core(5)'s % stand for.
struct CoreNames {
  int pid = 0, inner_pid = 0, tid = 0, inner_tid = 0, uid = 0, gid = 0, dumpable = 1, signal = 0;
  std::int64_t seconds = 0;
  std::uint64_t limit = 0;
  std::string comm, exe, host;
};

/// `pattern` with its % filled in, as the kernel does; a pipe's command line keeps its '|'.
std::string expand_core_pattern(const std::string& pattern, bool uses_pid, const CoreNames& names);

/// The target of a relative pattern without the working directory ahead.
std::string relative_target(const CoreConditions& conditions);

/// The place where a core is going to be, kept open while its process dies: with it goes the way to
/// its root and its working directory.
class CorePlace {
 public:
  CorePlace(Pid pid, const CoreConditions& conditions);
  /// Sets size and wanted size of the file that was written there since, if there is one.
  void look(CrashEnd& end) const;

 private:
  std::shared_ptr<UniqueFd> directory_;
  std::string name_;
  std::int64_t since_;
};

}  // namespace ttrace
