#include "tracer/preload/core_facts.h"

#include <sys/stat.h>
#include <sys/utsname.h>

#include <cstring>
#include <ctime>
#include <string_view>

#include "tracer/base/first_line.h"
#include "tracer/session/core_conditions.h"

namespace ttrace::preload {
namespace {

CoreNames names_of(const FatalRecord& record, const ProcessRef& process) {
  utsname host{};
  uname(&host);
  CoreNames names;
  names.pid = names.inner_pid = record.record.pid;
  names.tid = names.inner_tid = record.record.tid;
  names.uid = static_cast<int>(record.uid);
  names.gid = static_cast<int>(record.gid);
  names.dumpable = record.dumpable;
  names.signal = record.signal;
  names.seconds = time(nullptr);
  names.limit = record.core_limit;
  names.comm = process.comm;
  names.exe = process.exe;
  names.host = host.nodename;
  return names;
}

// Whether it may be written there is left to be seen by what came of it.
void look_at_file(CoreConditions& conditions, const std::string& working, const std::string& root) {
  if (!conditions.target.starts_with('/')) {
    conditions.target = (working == "/" ? "" : working) + "/" + conditions.target;
  }
  conditions.directory = folder_of(conditions.target);
  struct stat st {};
  if (stat((root + conditions.directory).c_str(), &st) != 0 || !S_ISDIR(st.st_mode)) {
    conditions.place = CoreConditions::Place::kMissing;
  }
}

}  // namespace

CoreConditions core_conditions(const FatalRecord& record, const ProcessRef& process,
                               const std::string& root) {
  CoreConditions conditions;
  conditions.limit = record.core_limit;
  conditions.file_limit = record.file_limit;
  conditions.pattern = machine_pattern().text;
  conditions.uses_pid = first_line("/proc/sys/kernel/core_uses_pid") == "1";
  conditions.suid_dumpable = std::atoi(first_line("/proc/sys/fs/suid_dumpable").c_str());
  conditions.is_init = record.record.pid == 1;
  conditions.target =
      expand_core_pattern(conditions.pattern, conditions.uses_pid, names_of(record, process));
  if (conditions.target.starts_with('|')) {
    look_at_program(conditions, "");
  } else if (!conditions.target.empty() && !conditions.target.starts_with('@')) {
    const std::string working(record.directory, strnlen(record.directory, sizeof record.directory));
    look_at_file(conditions, working, root);
  }
  return conditions;
}

void look_for_core(const std::string& path, std::int64_t since, CrashEnd& end) {
  struct stat st {};
  if (path.empty() || lstat(path.c_str(), &st) != 0) return;
  if (!S_ISREG(st.st_mode) || st.st_mtime < since) return;
  end.core_size = end.core_wanted = static_cast<std::uint64_t>(st.st_size);
}

}  // namespace ttrace::preload
