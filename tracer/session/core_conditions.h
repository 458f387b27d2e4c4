// What decides whether a core will be kept, read from the machine and the process before it dies:
// core(5). Nothing is changed, and no file is made to find out.
#pragma once

#include <string>

#include "analyzers/event.h"
#include "tracer/engine/tracee.h"
#include "tracer/session/core_place.h"

namespace ttrace {

struct CorePattern {
  std::string text;
  bool simulated = false;
  bool inner = false;  // the target's pid namespace stands for the machine's
};

/// PR_GET_DUMPABLE's answer, with its numbers: prctl(2).
enum class Dumpable { kNo = 0, kYes = 1, kBySystem = 2 /* as /proc/sys/fs/suid_dumpable says */ };

/// /proc/sys/kernel/core_pattern.
CorePattern machine_pattern();

/// `signal` is what the process dies of.
CoreConditions core_conditions(const Process& process, Pid tid, int signal,
                               const CorePattern& pattern, Dumpable dumpable);

/// Does suid_dumpable let such a process be dumped to where the pattern leads? prctl(2), proc(5).
bool would_be_dumped(const CoreConditions& conditions, Dumpable dumpable);

/// What core(5)'s % stand for.
struct CoreNames {
  int pid = 0, inner_pid = 0, tid = 0, inner_tid = 0, uid = 0, gid = 0, dumpable = 1, signal = 0;
  std::int64_t seconds = 0;
  std::uint64_t limit = 0;
  std::string comm, exe, host;
};

/// `pattern` with its % filled in, as the kernel does; a pipe's command line keeps its '|'.
std::string expand_core_pattern(const std::string& pattern, bool uses_pid, const CoreNames& names);

/// The directory of a path; "": it names none.
std::string folder_of(const std::string& path);

/// Sets the program of `conditions.target`, which is a pipe, and whether it can be run. `root`:
/// where it is started; "" stands for the initial root, where the kernel does that.
void look_at_program(CoreConditions& conditions, const std::string& root);

/// The file that these name, if it is one: its target is empty else.
CoreFile core_file(Pid pid, Pid tid, const CoreConditions& conditions, Dumpable dumpable);

}  // namespace ttrace
