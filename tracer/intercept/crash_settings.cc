#include "tracer/intercept/crash_settings.h"

#include <elf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <sstream>

#include "tracer/abi/signals.h"
#include "tracer/abi/syscall_table.h"
#include "tracer/engine/remote_memory.h"
#include "tracer/intercept/setting_text.h"
#include "tracer/session/proc_status.h"

namespace ttrace {
namespace {

// Those that setting_text.h has names for.
constexpr std::array kPrctls = {PR_SET_DUMPABLE, PR_SET_PTRACER, PR_SET_PDEATHSIG,
                                PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP};

// With "32" behind them, i386 has most of them twice.
constexpr std::array kCredentialCalls = {"setuid",    "setgid",    "setreuid", "setregid",
                                         "setresuid", "setresgid", "setfsuid", "setfsgid"};

bool is_core_related(std::uint64_t resource) {
  return resource == RLIMIT_CORE || resource == RLIMIT_STACK;
}

/// Calls that do not change a process's ids.
bool is_plain(const std::string& name) {
  return name.ends_with("rlimit") || name == "prlimit64" || name == "prctl" || name == "seccomp" ||
         name == "sigaltstack";
}

/// What the kernel told a new program of its privileges in the auxiliary vector (getauxval(3)).
struct ProgramIds {
  std::uint64_t uid = 0, euid = 0, gid = 0, egid = 0;
  bool secure = false;  // AT_SECURE: they were raised
  bool raised() const { return secure || uid != euid || gid != egid; }
};

// A small file of the kernel's, read at each execve: in one go, and not /proc/PID/status, which
// takes the kernel longer to write than all the rest.
ProgramIds read_ids(const Process& process) {
  std::array<char, 1024> bytes{};
  const int fd = open(fmt::format("/proc/{}/auxv", raw(process.pid)).c_str(), O_RDONLY | O_CLOEXEC);
  const ssize_t size = fd < 0 ? 0 : read(fd, bytes.data(), bytes.size());
  if (fd >= 0) close(fd);
  const std::size_t word = abi_info(process.abi).word_size;
  ProgramIds ids;
  for (std::size_t at = 0; size > 0 && at + 2 * word <= static_cast<std::size_t>(size);
       at += 2 * word) {
    std::uint64_t key = 0, value = 0;
    std::memcpy(&key, &bytes.at(at), word);
    std::memcpy(&value, &bytes.at(at + word), word);
    if (key == AT_UID) ids.uid = value;
    if (key == AT_EUID) ids.euid = value;
    if (key == AT_GID) ids.gid = value;
    if (key == AT_EGID) ids.egid = value;
    if (key == AT_SECURE) ids.secure = value != 0;
  }
  return ids;
}

/// Who runs it may execute the program's file but not read it. Root may read all.
bool is_unreadable(const Process& process, const ProgramIds& ids) {
  struct stat file {};
  if (ids.euid == 0 || stat(fmt::format("/proc/{}/exe", raw(process.pid)).c_str(), &file)) {
    return false;
  }
  if (file.st_uid == ids.euid) return (file.st_mode & S_IRUSR) == 0;
  // Supplementary groups are not asked for: then the file may be readable after all.
  if (file.st_gid == ids.egid) return (file.st_mode & S_IRGRP) == 0;
  return (file.st_mode & (S_IROTH | S_IRGRP)) == 0;
}

/// The ids whose change makes a process undumpable: commit_creds() in Linux 6.1 kernel/cred.c.
std::string ids_text(Pid tid) {
  const auto status = read_status(tid);
  std::string text;
  if (!status) return text;
  for (const std::string& ids : {status->uids, status->gids}) {
    std::istringstream words(ids);
    std::string real, effective, saved, file;
    words >> real >> effective >> saved >> file;
    text += effective + " " + file + " ";
  }
  return text;
}

}  // namespace

void CrashSettings::subscribe(std::vector<Subscription>& to) {
  constexpr auto kEqual = Condition::Op::kEqual;
  constexpr auto kNotEqual = Condition::Op::kNotEqual;
  for (const Abi abi : {Abi::kX86_64, Abi::kI386}) {
    for (const int signal : kCoreSignals) {
      const auto number = static_cast<std::uint64_t>(signal);
      add(to, abi, "rt_sigaction", {{0, kEqual, number}, {1, kNotEqual, 0}});
      if (abi == Abi::kX86_64) continue;
      add(to, abi, "sigaction", {{0, kEqual, number}, {1, kNotEqual, 0}});
      add(to, abi, "signal", {{0, kEqual, number}});
    }
    for (const int option : kPrctls) {
      add(to, abi, "prctl", {{0, kEqual, static_cast<std::uint64_t>(option)}});
    }
    add(to, abi, "sigaltstack", {{0, kNotEqual, 0}});
    add(to, abi, "seccomp", {{0, kEqual, SECCOMP_SET_MODE_STRICT}});
    add(to, abi, "seccomp", {{0, kEqual, SECCOMP_SET_MODE_FILTER}});
    for (const int resource : {RLIMIT_CORE, RLIMIT_STACK}) {
      const auto number = static_cast<std::uint64_t>(resource);
      add(to, abi, "setrlimit", {{0, kEqual, number}});
      add(to, abi, "prlimit64", {{1, kEqual, number}, {2, kNotEqual, 0}});
    }
    for (const char* const name : kCredentialCalls) {
      add(to, abi, name);
      if (abi == Abi::kI386) {
        const std::string wide = std::string(name) + "32";
        add(to, abi, wide.c_str());
      }
    }
  }
}

Interceptor::Next CrashSettings::on_entry(SyscallStop& stop) {
  const std::string name = syscall_name(stop.abi, stop.nr);
  if (name == "rt_sigaction" || name == "sigaction" || name == "signal") {
    on_action(stop, name);
    return Next::kGoOn;
  }
  if (!is_plain(name)) ids_before_[stop.tid()] = ids_text(stop.tid());
  return Next::kStopAtExit;
}

// Made at the entry: nothing but a bad address can refuse it.
void CrashSettings::on_action(SyscallStop& stop, const std::string& name) {
  std::uint64_t handler = stop.args[1];
  std::uint64_t flags = SA_RESETHAND | SA_NODEFER;  // what signal(2) of the kernel means
  if (name != "signal") {
    const ActionLayout layout = action_layout(stop.abi, name == "sigaction");
    std::array<std::uint8_t, 16> bytes{};
    if (!read_memory(stop.pid(), stop.pointer(1), bytes.data(), layout.size)) return;
    const unsigned word = abi_info(stop.abi).word_size;
    handler = flags = 0;
    std::memcpy(&handler, bytes.data(), word);
    std::memcpy(&flags, bytes.data() + layout.flags_at, word);
  }
  Event event = sink_.make(*stop.tracee.process, stop.tid());
  event.what = describe_action(name, static_cast<int>(stop.args[0]), handler, flags);
  sink_.emit(event);
}

void CrashSettings::on_prctl(SyscallStop& stop) {
  CoreSetting setting;
  setting.value = stop.args[1];
  if (stop.args[0] == PR_SET_DUMPABLE) setting.what = CoreSetting::What::kDumpable;
  setting.syscall = prctl_text(stop.args[0], stop.args[1], stop.result);
  emit(stop, std::move(setting));
}

void CrashSettings::on_seccomp(SyscallStop& stop) {
  CoreSetting setting;
  setting.syscall = seccomp_text(stop.args[0], stop.result);
  emit(stop, std::move(setting));
}

// stack_t: address, flags, size, each at a multiple of the word.
void CrashSettings::on_alternate_stack(SyscallStop& stop) {
  const unsigned word = abi_info(stop.abi).word_size;
  std::uint64_t address = 0, size = 0;
  std::int32_t flags = 0;
  const RemotePtr at = stop.pointer(0);
  if (stop.result != 0 || !read_memory(stop.pid(), at, &address, word) ||
      !read_memory(stop.pid(), at + word, &flags, sizeof flags) ||
      !read_memory(stop.pid(), at + 2 * word, &size, word)) {
    return;
  }
  CoreSetting setting;
  setting.value = (flags & SS_DISABLE) != 0 ? 0 : size;
  setting.syscall = {
      "sigaltstack", {fmt::format("{:#x}", address), std::to_string(setting.value)}, stop.result};
  emit(stop, std::move(setting));
}

void CrashSettings::note_dumpable(Pid pid, const CoreSetting& setting) {
  using What = CoreSetting::What;
  if (setting.syscall.result && *setting.syscall.result < 0) return;
  if (setting.what == What::kDumpable && setting.value == 1) undumpable_.erase(pid);
  if (setting.what == What::kDumpable && setting.value == 0) undumpable_[pid] = Dumpable::kNo;
  if (setting.what == What::kCredentials) undumpable_[pid] = Dumpable::kBySystem;
}

Dumpable CrashSettings::dumpable(Pid pid) const {
  const auto known = undumpable_.find(pid);
  return known == undumpable_.end() ? Dumpable::kYes : known->second;
}

void CrashSettings::on_new_process(const Process& parent, const Process& child) {
  undumpable_.erase(child.pid);
  const auto known = undumpable_.find(parent.pid);
  if (known != undumpable_.end()) undumpable_[child.pid] = Dumpable{known->second};
}

void CrashSettings::emit(SyscallStop& stop, CoreSetting setting) {
  if (setting.pid == 0) setting.pid = raw(stop.pid());
  note_dumpable(stop.pid(), setting);
  Event event = sink_.make(*stop.tracee.process, stop.tid());
  event.what = std::move(setting);
  sink_.emit(event);
}

void CrashSettings::on_exit(SyscallStop& stop) {
  const std::string name = syscall_name(stop.abi, stop.nr);
  if (name.ends_with("rlimit") || name == "prlimit64") {
    if (stop.result == 0) on_limit(stop, name);
    return;
  }
  if (name == "prctl") return on_prctl(stop);
  if (name == "seccomp") return on_seccomp(stop);
  if (name == "sigaltstack") return on_alternate_stack(stop);
  const auto before = ids_before_.find(stop.tid());
  if (before == ids_before_.end()) return;
  const std::string former = std::move(before->second);
  ids_before_.erase(before);
  if (former == ids_text(stop.tid())) return;
  CoreSetting setting;
  setting.what = CoreSetting::What::kCredentials;
  std::vector<std::string> args;
  const unsigned count = name.find("res") != std::string::npos  ? 3
                         : name.find("re") != std::string::npos ? 2
                                                                : 1;
  for (unsigned i = 0; i < count; ++i) {
    args.push_back(std::to_string(static_cast<std::int32_t>(stop.args[i])));
  }
  setting.syscall = {name, args, stop.result};
  emit(stop, std::move(setting));
}

void CrashSettings::on_limit(SyscallStop& stop, const std::string& name) {
  const bool with_pid = name == "prlimit64";
  const std::uint64_t resource = stop.args[with_pid ? 1 : 0];
  if (!is_core_related(resource)) return;
  const bool narrow = !with_pid && stop.abi == Abi::kI386;
  std::uint64_t soft = 0;
  if (!read_memory(stop.pid(), stop.pointer(with_pid ? 2 : 1), &soft, narrow ? 4 : 8)) return;
  if (narrow && soft == 0xffffffff) soft = CoreConditions::kUnlimited;
  CoreSetting setting;
  setting.what =
      resource == RLIMIT_CORE ? CoreSetting::What::kCoreLimit : CoreSetting::What::kStackLimit;
  setting.value = soft;
  if (with_pid) setting.pid = static_cast<int>(stop.args[0]);
  setting.syscall = limit_text(name, resource, soft, stop.result);
  emit(stop, std::move(setting));
}

// Linux 6.1 fs/exec.c, begin_new_exec(): such a program gets the value of suid_dumpable.
void CrashSettings::after_exec(Tracee& tracee) {
  undumpable_.erase(tracee.process->pid);
  const ProgramIds ids = read_ids(*tracee.process);
  const bool secure = ids.raised();
  if (!secure && !is_unreadable(*tracee.process, ids)) return;
  Event event = sink_.make(*tracee.process, tracee.tid);
  CoreSetting setting;
  setting.what = CoreSetting::What::kCredentials;
  setting.pid = raw(tracee.process->pid);
  setting.syscall = {"execve",
                     {event.process.exe, secure ? "a set-user-ID or privileged program"
                                                : "a program that its user may not read"},
                     std::nullopt};
  note_dumpable(tracee.process->pid, setting);
  event.what = std::move(setting);
  sink_.emit(event);
}

}  // namespace ttrace
