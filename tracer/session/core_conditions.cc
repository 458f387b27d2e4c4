#include "tracer/session/core_conditions.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <ctime>
#include <fstream>

#include "tracer/base/first_line.h"
#include "tracer/base/link_text.h"
#include "tracer/session/proc_status.h"

namespace ttrace {
namespace {

std::uint64_t soft_limit(Pid pid, __rlimit_resource resource) {
  rlimit limit{};
  if (prlimit(raw(pid), resource, nullptr, &limit) != 0) return CoreConditions::kUnlimited;
  return limit.rlim_cur == RLIM_INFINITY ? CoreConditions::kUnlimited : limit.rlim_cur;
}

// What systemd-coredump needs since v229: PID 1 listening at its socket.
std::string systemd_state(const std::string& program, Pid pid) {
  if (program.find("systemd-coredump") == std::string::npos) return "";
  const std::string root = fmt::format("/proc/{}/root", raw(pid));
  struct stat st {};
  const bool there = stat((root + "/run/systemd/coredump").c_str(), &st) == 0;
  return there ? "present" : "missing";
}

// The kernel starts it in the initial root; --core-pattern starts it beside the target.
void look_at_pipe(CoreConditions& conditions, Pid pid) {
  look_at_program(conditions, conditions.simulated ? fmt::format("/proc/{}/root", raw(pid)) : "");
  conditions.systemd = systemd_state(conditions.program, pid);
}

void look_at_file(CoreConditions& conditions, const CoreFile& file) {
  conditions.place = judge_core_place(file);
  if (file.target.starts_with('/')) {
    conditions.directory = folder_of(file.target);
    return;
  }
  conditions.directory = link_text(fmt::format("/proc/{}/cwd", raw(file.pid)));
  const std::string folder = conditions.directory == "/" ? "" : conditions.directory;
  conditions.target = folder + "/" + file.target;
}

// fs/coredump.c, format_corename(): the path with '!' for '/', and comm likewise.
std::string in_file_name(std::string text) {
  for (char& c : text) {
    if (c == '/') c = '!';
  }
  return text;
}

// What stands for "%" and this letter; nothing for those that core(5) does not have.
std::string replacement(char what, const CoreNames& n) {
  switch (what) {
    case '%':
      return "%";
    case 'p':
      return std::to_string(n.inner_pid);
    case 'P':
      return std::to_string(n.pid);
    case 'i':
      return std::to_string(n.inner_tid);
    case 'I':
      return std::to_string(n.tid);
    case 'u':
      return std::to_string(n.uid);
    case 'g':
      return std::to_string(n.gid);
    case 'd':
      return std::to_string(n.dumpable);
    case 's':
      return std::to_string(n.signal);
    case 't':
      return std::to_string(n.seconds);
    case 'h':
      return in_file_name(n.host);
    case 'e':
      return in_file_name(n.comm);
    case 'f':
      return n.exe.substr(n.exe.rfind('/') + 1);
    case 'E':
      return in_file_name(n.exe);
    case 'c':
      return n.limit == CoreConditions::kUnlimited ? "18446744073709551615"
                                                   : std::to_string(n.limit);
    case 'C':
      return "-1";  // the CPU: known to the kernel alone
    default:
      return "";
  }
}

bool names_pid(const std::string& pattern) {
  for (std::size_t i = 0; i + 1 < pattern.size(); ++i) {
    if (pattern[i] == '%' && pattern[++i] == 'p') return true;
  }
  return false;
}

CoreNames names_of(const Process& process, Pid tid, const ProcStatus& status, bool inner) {
  utsname host{};
  uname(&host);
  CoreNames names;
  names.pid = inner ? status.inner_tgid : raw(process.pid);
  names.inner_pid = status.inner_tgid;
  names.tid = inner ? status.inner_tid : raw(tid);
  names.inner_tid = status.inner_tid;
  names.uid = status.uid;
  names.gid = status.gid;
  names.seconds = time(nullptr);
  names.comm = first_line(fmt::format("/proc/{}/comm", raw(tid)));
  names.exe = process.exe;
  names.host = host.nodename;
  return names;
}

bool is_careful(const CoreConditions& c, Dumpable dumpable) {
  return dumpable == Dumpable::kBySystem && c.suid_dumpable == 2;
}

}  // namespace

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return "";
  return slash == 0 ? "/" : path.substr(0, slash);
}

void look_at_program(CoreConditions& conditions, const std::string& root) {
  const std::string command = conditions.target.substr(1);
  const auto begin = command.find_first_not_of(' ');
  conditions.program =
      begin == std::string::npos ? "" : command.substr(begin, command.find(' ', begin) - begin);
  using Program = CoreConditions::Program;
  struct stat st {};
  if (!conditions.program.starts_with('/') || stat((root + conditions.program).c_str(), &st) != 0) {
    conditions.program_state = Program::kMissing;
  } else if (!S_ISREG(st.st_mode) || (st.st_mode & 0111) == 0) {
    conditions.program_state = Program::kNotExecutable;
  }
}

CorePattern machine_pattern() { return {first_line("/proc/sys/kernel/core_pattern"), false}; }

bool would_be_dumped(const CoreConditions& c, Dumpable dumpable) {
  if (dumpable != Dumpable::kBySystem) return dumpable == Dumpable::kYes;
  const bool anywhere = c.target.starts_with('|') || c.pattern.starts_with('/');
  return c.suid_dumpable == 1 || (c.suid_dumpable == 2 && anywhere);
}

std::string expand_core_pattern(const std::string& pattern, bool uses_pid, const CoreNames& n) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%') {
      out += pattern[i];
    } else if (i + 1 < pattern.size()) {
      out += replacement(pattern[++i], n);
    }
  }
  const bool add_pid = uses_pid && !names_pid(pattern) && !pattern.starts_with('|');
  return add_pid ? fmt::format("{}.{}", out, n.inner_pid) : out;
}

CoreConditions core_conditions(const Process& process, Pid tid, int signal,
                               const CorePattern& pattern, Dumpable dumpable) {
  const Pid pid = process.pid;
  const ProcStatus status = read_status(tid).value_or(ProcStatus{});
  CoreConditions c;
  c.limit = soft_limit(pid, RLIMIT_CORE);
  c.file_limit = soft_limit(pid, RLIMIT_FSIZE);
  c.pattern = pattern.text;
  c.simulated = pattern.simulated;
  c.uses_pid = first_line("/proc/sys/kernel/core_uses_pid") == "1" && !pattern.simulated;
  c.suid_dumpable = std::atoi(first_line("/proc/sys/fs/suid_dumpable").c_str());
  c.is_init = status.inner_tgid == 1;
  c.filter = first_line(fmt::format("/proc/{}/coredump_filter", raw(pid)));
  CoreNames names = names_of(process, tid, status, pattern.inner);
  names.dumpable = dumpable == Dumpable::kBySystem ? c.suid_dumpable : static_cast<int>(dumpable);
  names.signal = signal;
  names.limit = c.limit;
  c.target = expand_core_pattern(c.pattern, c.uses_pid, names);
  if (c.target.starts_with('|')) {
    look_at_pipe(c, pid);
  } else if (!c.target.empty() && !c.target.starts_with('@')) {
    look_at_file(c, {pid, c.target, status, is_careful(c, dumpable)});
  }
  return c;
}

CoreFile core_file(Pid pid, Pid tid, const CoreConditions& c, Dumpable dumpable) {
  CoreFile file{pid, "", read_status(tid).value_or(ProcStatus{}), is_careful(c, dumpable)};
  if (c.directory.empty()) return file;
  const std::size_t folder = c.directory == "/" ? 0 : c.directory.size();
  file.target = c.pattern.starts_with('/') ? c.target : c.target.substr(folder + 1);
  return file;
}

}  // namespace ttrace
