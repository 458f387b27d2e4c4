#include "tracer/session/attach_targets.h"

#include <elf.h>
#include <fmt/format.h>
#include <fnmatch.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>

#include "analyzers/report/text_format.h"
#include "tracer/base/first_line.h"
#include "tracer/base/stat_fields.h"
#include "tracer/base/status_field.h"
#include "tracer/base/yama.h"
#include "tracer/session/descriptor_text.h"

namespace ttrace {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSeePids = "`pgrep -a NAME` finds the pid of a process";
constexpr unsigned long kKernelThread = 0x00200000;  // PF_KTHREAD, include/linux/sched.h

std::string proc(Pid pid, const char* what) { return fmt::format("/proc/{}/{}", raw(pid), what); }

bool is_kernel_thread(const std::vector<std::string>& fields) {
  return fields.size() > 6 && (std::strtoul(fields[6].c_str(), nullptr, 10) & kKernelThread) != 0;
}

struct Machine {
  unsigned char word_class;
  std::uint16_t machine;
};
/// nullopt: the program cannot be read, or is no ELF file.
std::optional<Machine> machine_of(Pid pid) {
  Elf64_Ehdr header{};  // both classes begin alike
  std::ifstream file(proc(pid, "exe"), std::ios::binary);
  if (!file.read(reinterpret_cast<char*>(&header), sizeof(Elf32_Ehdr))) return std::nullopt;
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return std::nullopt;
  return Machine{header.e_ident[EI_CLASS], header.e_machine};
}

/// nullopt: an ABI that ttrace does not know.
std::optional<Abi> abi_of(const Machine& machine) {
  if (machine.word_class == ELFCLASS64 && machine.machine == EM_X86_64) return Abi::kX86_64;
  if (machine.word_class == ELFCLASS32 && machine.machine == EM_386) return Abi::kI386;
  return std::nullopt;
}

bool is_traced(const Machine& machine) {
  const auto abi = abi_of(machine);
  return abi && ttrace::is_traced(*abi);
}

std::string name_of(Pid pid) { return printable(process_text(raw(pid))); }

/// The shell that ttrace was started from, say, and what that shell was started from: they wait for
/// ttrace. A server whose descendant ttrace is by way of a login is in another session.
bool waits_for_ttrace(Pid pid) {
  if (getsid(raw(pid)) != getsid(0)) return false;
  int ancestor = getppid();
  while (ancestor > 0 && ancestor != raw(pid)) ancestor = status_field(Pid{ancestor}, "PPid");
  return ancestor == raw(pid);
}

/// What stands against tracing it, before ptrace is asked.
std::optional<UserError> obstacle(Pid pid) {
  const auto fields = stat_fields(pid);
  if (fields.empty()) {
    return UserError(fmt::format("there is no process {}", raw(pid)), kSeePids);
  }
  const int leader = status_field(pid, "Tgid");
  if (leader != raw(pid)) {
    return UserError(fmt::format("{} is a thread of process {}", raw(pid), leader),
                     fmt::format("attach to all of it: -p {}", leader));
  }
  if (raw(pid) == getpid()) return UserError("ttrace cannot attach to itself", kSeePids);
  if (waits_for_ttrace(pid)) {
    return UserError(fmt::format("{} has started ttrace, and waits for it", name_of(pid)),
                     "start ttrace from somewhere else: another terminal, or setsid");
  }
  if (is_kernel_thread(fields)) {
    return UserError(
        fmt::format("{} is a thread of the kernel: it makes no system calls", name_of(pid)),
        "`ps -e` shows these in brackets");
  }
  if (fields[0] == "Z" || fields[0] == "X") {
    return UserError(fmt::format("{} has ended: it is a zombie, which waits for its parent {}",
                                 name_of(pid), name_of(Pid{status_field(pid, "PPid")})),
                     "attach to the parent, which does not fetch its children's status");
  }
  const int tracer = status_field(pid, "TracerPid");
  if (tracer != 0) {
    return UserError(fmt::format("{} is already traced, by {}", name_of(pid), name_of(Pid{tracer})),
                     "a process has one tracer at a time: end that one first");
  }
  const auto machine = machine_of(pid);
  if (machine && !is_traced(*machine)) {
    return UserError(fmt::format("{} is a program of another ABI (ELF machine {})", name_of(pid),
                                 machine->machine),
                     fmt::format("this ttrace traces {} programs", traced_names()));
  }
  return std::nullopt;
}

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

/// Its name as ps has it, or the file it runs.
bool is_called(Pid pid, const std::string& glob) {
  std::error_code error;
  const std::string exe = fs::read_symlink(proc(pid, "exe"), error).filename().string();
  const std::string comm = first_line(proc(pid, "comm"));
  return fnmatch(glob.c_str(), comm.c_str(), 0) == 0 ||
         (!exe.empty() && fnmatch(glob.c_str(), exe.c_str(), 0) == 0);
}

std::vector<Pid> find_named(const std::string& glob) {
  std::vector<Pid> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename().string();
    if (!is_number(name)) continue;
    const Pid pid{std::atoi(name.c_str())};
    if (raw(pid) != getpid() && is_called(pid, glob)) found.push_back(pid);
  }
  if (found.empty()) {
    throw UserError(fmt::format("no process is called '{}'", glob),
                    "GLOB is matched against the name that `ps -e` shows and that of the program's "
                    "file");
  }
  return found;
}

void read_members(const fs::path& group, std::vector<Pid>& found) {
  std::ifstream members(group / "cgroup.procs");
  for (int pid = 0; members >> pid;) {
    if (pid > 0 && pid != getpid()) found.push_back(Pid{pid});
  }
}

std::vector<Pid> find_in_group(const std::string& path) {
  const fs::path root = "/sys/fs/cgroup";
  std::error_code error;
  fs::path group = path;
  if (!fs::exists(group / "cgroup.procs", error)) group = root / fs::path(path).relative_path();
  if (!fs::exists(group / "cgroup.procs", error)) {
    throw UserError(fmt::format("there is no control group '{}'", path),
                    "PATH is one under /sys/fs/cgroup, as /proc/PID/cgroup shows it");
  }
  std::vector<Pid> found;
  read_members(group, found);
  for (const auto& entry : fs::recursive_directory_iterator(group, error)) {
    if (entry.is_directory(error)) read_members(entry.path(), found);
  }
  if (found.empty()) {
    throw UserError(fmt::format("no process is in the control group '{}'", path),
                    "`systemd-cgls` shows the groups and their processes");
  }
  return found;
}

void add_once(std::vector<AttachTarget>& targets, Pid pid) {
  const auto same = [pid](const AttachTarget& target) { return target.pid == pid; };
  if (std::any_of(targets.begin(), targets.end(), same)) return;
  const auto machine = machine_of(pid);
  targets.push_back(
      {pid, machine ? abi_of(*machine).value_or(Abi::kX86_64) : Abi::kX86_64, name_of(pid)});
}

}  // namespace

std::vector<AttachTarget> find_targets(const AttachOptions& options,
                                       std::vector<std::string>& left_out) {
  std::vector<AttachTarget> targets;
  for (const int number : options.pids) {
    if (const auto error = obstacle(Pid{number})) throw *error;
    add_once(targets, Pid{number});
  }
  std::vector<Pid> found;
  for (const std::string& glob : options.names) {
    const auto named = find_named(glob);
    found.insert(found.end(), named.begin(), named.end());
  }
  for (const std::string& path : options.cgroups) {
    const auto members = find_in_group(path);
    found.insert(found.end(), members.begin(), members.end());
  }
  std::optional<UserError> first;
  for (const Pid pid : found) {
    if (const auto error = obstacle(pid)) {
      if (!first) first = error;
      left_out.emplace_back(error->what());
    } else {
      add_once(targets, pid);
    }
  }
  if (targets.empty() && first) throw *first;
  return targets;
}

UserError refusal(const AttachTarget& target, const Error& error) {
  const std::string what =
      fmt::format("cannot attach to {}: {}", target.name, strerror(error.code));
  if (error.code == ESRCH) return UserError(what, "it has ended meanwhile");
  if (yama_refuses_attach()) return UserError(what, yama_reason() + "; " + yama_remedy());
  if (geteuid() == 0) {
    return UserError(
        what, "root may not either: a container needs --cap-add SYS_PTRACE; see `ttrace doctor`");
  }
  return UserError(what, "it belongs to another user or has more privileges: run ttrace with sudo");
}

}  // namespace ttrace
