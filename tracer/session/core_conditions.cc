#include "tracer/session/core_conditions.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gelf.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <fstream>

#include "tracer/base/first_line.h"
#include "tracer/session/proc_status.h"

namespace ttrace {
namespace {

using Place = CoreConditions::Place;

std::string link_text(const std::string& path) {
  std::array<char, 4096> text{};
  const ssize_t size = readlink(path.c_str(), text.data(), text.size());
  return size < 0 ? "" : std::string(text.data(), static_cast<std::size_t>(size));
}

std::uint64_t soft_limit(Pid pid, __rlimit_resource resource) {
  rlimit limit{};
  if (prlimit(raw(pid), resource, nullptr, &limit) != 0) return CoreConditions::kUnlimited;
  return limit.rlim_cur == RLIM_INFINITY ? CoreConditions::kUnlimited : limit.rlim_cur;
}

/// May the ids of `status` write in the directory or to the file? Root may, but for read-only file
/// systems. (Access lists and security modules are not asked.)
bool may_write(const struct stat& st, const ProcStatus& status) {
  if (status.uid == 0) return true;
  if (st.st_uid == static_cast<uid_t>(status.uid)) return (st.st_mode & S_IWUSR) != 0;
  if (st.st_gid == static_cast<gid_t>(status.gid)) return (st.st_mode & S_IWGRP) != 0;
  return (st.st_mode & S_IWOTH) != 0;
}

// `directory` and `file` are paths as this process can reach them.
Place judge_place(const std::string& directory, const std::string& file, const ProcStatus& status,
                  bool careful) {
  struct stat st {};
  if (stat(directory.c_str(), &st) != 0 || !S_ISDIR(st.st_mode) || st.st_nlink == 0) {
    return Place::kMissing;
  }
  struct statvfs system {};
  const bool known = statvfs(directory.c_str(), &system) == 0;
  if (known && (system.f_flag & ST_RDONLY) != 0) return Place::kReadOnly;
  struct stat old {};
  // Linux 6.1 fs/coredump.c, do_coredump(): an older file is unlinked first, unless privileges ask
  // for care (suid_dumpable 2).
  const bool exists = lstat(file.c_str(), &old) == 0;
  if (exists && S_ISDIR(old.st_mode)) return Place::kNotAFile;
  if (exists && old.st_nlink > 1 && careful) return Place::kLinked;
  const bool foreign = exists && (st.st_mode & S_ISVTX) != 0 && status.uid != 0 &&
                       old.st_uid != static_cast<uid_t>(status.uid);
  if (!may_write(st, status) || foreign) return Place::kUnwritable;
  constexpr std::uint64_t kSmallest = 65536;
  if (known && (system.f_bavail * system.f_frsize < kSmallest ||
                (system.f_files > 0 && system.f_favail == 0 && !exists))) {
    return Place::kFull;
  }
  return Place::kFine;
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return "";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// What systemd-coredump needs since v229: PID 1 listening at its socket.
std::string systemd_state(const std::string& program, Pid pid) {
  if (program.find("systemd-coredump") == std::string::npos) return "";
  const std::string root = fmt::format("/proc/{}/root", raw(pid));
  struct stat st {};
  const bool there = stat((root + "/run/systemd/coredump").c_str(), &st) == 0;
  return there ? "present" : "missing";
}

void look_at_pipe(CoreConditions& conditions, Pid pid) {
  const std::string command = conditions.target.substr(1);
  const auto begin = command.find_first_not_of(' ');
  conditions.program =
      begin == std::string::npos ? "" : command.substr(begin, command.find(' ', begin) - begin);
  // The kernel starts it in the initial root; --core-pattern starts it beside the target.
  const std::string path = conditions.simulated
                               ? fmt::format("/proc/{}/root{}", raw(pid), conditions.program)
                               : conditions.program;
  using Program = CoreConditions::Program;
  struct stat st {};
  if (!conditions.program.starts_with('/') || stat(path.c_str(), &st) != 0) {
    conditions.program_state = Program::kMissing;
  } else if (!S_ISREG(st.st_mode) || (st.st_mode & 0111) == 0) {
    conditions.program_state = Program::kNotExecutable;
  }
  conditions.systemd = systemd_state(conditions.program, pid);
}

void look_at_file(CoreConditions& conditions, Pid pid, const ProcStatus& status) {
  const std::string cwd = fmt::format("/proc/{}/cwd", raw(pid));
  const std::string& target = conditions.target;
  if (target.starts_with('/')) {
    conditions.directory = folder_of(target);
    const std::string root = fmt::format("/proc/{}/root", raw(pid));
    conditions.place = judge_place(root + conditions.directory, root + target, status,
                                   conditions.suid_dumpable == 2);
    return;
  }
  conditions.place = judge_place(cwd + "/" + folder_of(target), cwd + "/" + target, status,
                                 conditions.suid_dumpable == 2);
  conditions.directory = link_text(cwd);
  if (conditions.directory.ends_with(" (deleted)")) conditions.place = Place::kMissing;
}

// fs/coredump.c, format_corename(): the path with '!' for '/', and comm likewise.
std::string in_file_name(std::string text) {
  for (char& c : text) {
    if (c == '/') c = '!';
  }
  return text;
}

}  // namespace

CorePattern machine_pattern() { return {first_line("/proc/sys/kernel/core_pattern"), false}; }

std::string expand_core_pattern(const std::string& pattern, bool uses_pid, const CoreNames& n) {
  std::string out;
  bool has_pid = false;
  const auto replacement = [&](char what) -> std::string {
    switch (what) {
      case '%':
        return "%";
      case 'p':
        has_pid = true;
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
        return "";  // dropped, with its %
    }
  };
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%') {
      out += pattern[i];
    } else if (i + 1 < pattern.size()) {
      out += replacement(pattern[++i]);
    }
  }
  if (!has_pid && uses_pid && !pattern.starts_with('|')) out += fmt::format(".{}", n.inner_pid);
  return out;
}

CoreConditions core_conditions(const Process& process, Pid tid, int signal,
                               const CorePattern& pattern) {
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
  utsname host{};
  uname(&host);
  CoreNames names;
  names.pid = raw(pid);
  names.inner_pid = status.inner_tgid;
  names.tid = raw(tid);
  names.inner_tid = status.inner_tid;
  if (pattern.inner) {
    names.pid = names.inner_pid;
    names.tid = names.inner_tid;
  }
  names.uid = status.uid;
  names.gid = status.gid;
  names.signal = signal;
  names.seconds = time(nullptr);
  names.limit = c.limit;
  names.comm = first_line(fmt::format("/proc/{}/comm", raw(tid)));
  names.exe = process.exe;
  names.host = host.nodename;
  c.target = expand_core_pattern(c.pattern, c.uses_pid, names);
  if (c.target.starts_with('|')) {
    look_at_pipe(c, pid);
  } else if (!c.target.empty() && !c.target.starts_with('@')) {
    look_at_file(c, pid, status);
    const std::string folder = c.directory == "/" ? "" : c.directory;
    if (!c.target.starts_with('/')) c.target = folder + "/" + c.target;
  }
  return c;
}

std::string relative_target(const CoreConditions& conditions) {
  const std::size_t folder = conditions.directory == "/" ? 0 : conditions.directory.size();
  return conditions.target.substr(folder + 1);
}

CorePlace::CorePlace(Pid pid, const CoreConditions& conditions) : since_(time(nullptr)) {
  if (conditions.directory.empty()) return;
  const std::string& target = conditions.target;
  const bool relative = !conditions.pattern.starts_with('/');
  const std::string base = relative
                               ? fmt::format("/proc/{}/cwd", raw(pid))
                               : fmt::format("/proc/{}/root{}", raw(pid), conditions.directory);
  directory_ = std::make_shared<UniqueFd>(open(base.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  name_ = relative ? relative_target(conditions) : target.substr(target.rfind('/') + 1);
}

void CorePlace::look(CrashEnd& end) const {
  struct stat st {};
  if (!directory_ || !*directory_) return;
  const UniqueFd file(
      openat(directory_->get(), name_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  // A file that was there before is no core of this process.
  if (!file || fstat(file.get(), &st) != 0 || !S_ISREG(st.st_mode) || st.st_mtime < since_) return;
  end.core_size = static_cast<std::uint64_t>(st.st_size);
  Elf* const elf = (elf_version(EV_CURRENT), elf_begin(file.get(), ELF_C_READ, nullptr));
  std::size_t count = 0;
  if (elf && elf_getphdrnum(elf, &count) == 0) {
    for (std::size_t i = 0; i < count; ++i) {
      GElf_Phdr header;
      if (!gelf_getphdr(elf, static_cast<int>(i), &header)) continue;
      end.core_wanted = std::max(end.core_wanted, header.p_offset + header.p_filesz);
    }
  }
  elf_end(elf);
}

}  // namespace ttrace
