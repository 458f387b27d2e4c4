#include "analyzers/core_fate.h"

#include <fmt/format.h>

#include <cstring>
#include <optional>

namespace ttrace {
namespace {

using Place = CoreConditions::Place;
using Program = CoreConditions::Program;

// The smallest that the kernel begins to write: ELF_EXEC_PAGESIZE (fs/binfmt_elf.c).
constexpr std::uint64_t kSmallestCore = 4096;

constexpr const char* kRaiseLimit =
    "raise the limit before the program starts: `ulimit -c unlimited`, LimitCORE=infinity in a "
    "unit, or a line in /etc/security/limits.conf";
constexpr const char* kSetPattern =
    "as root: echo '/var/crash/core.%e.%P' >/proc/sys/kernel/core_pattern; --core-pattern tries "
    "one without changing the machine";

bool is_pipe(const CoreConditions& c) { return c.pattern.starts_with('|'); }

CoreFate lost(const std::string& why, const std::string& remedy) {
  return {false, "no core was kept: " + why, remedy, ""};
}

std::string limit_setter(const CoreEvidence& e) {
  return e.limited_by.empty() ? "it was so when the run began" : e.limited_by;
}

std::optional<CoreFate> judge_dumpable(const CoreConditions& c, const CoreEvidence& e) {
  if (e.dumpable) return std::nullopt;
  if (e.by_privileges) {
    const bool anywhere = is_pipe(c) || c.pattern.starts_with('/');
    if (c.suid_dumpable == 1 || (c.suid_dumpable == 2 && anywhere)) return std::nullopt;
    return lost(fmt::format("the process may not be dumped, because {}, and "
                            "/proc/sys/fs/suid_dumpable is {}{}",
                            e.undumpable_by, c.suid_dumpable,
                            c.suid_dumpable == 2
                                ? ", which asks for a core_pattern that is a pipe or begins with /"
                                : ""),
                c.suid_dumpable == 2
                    ? "give core_pattern an absolute path or a pipe"
                    : "as root: echo 2 >/proc/sys/fs/suid_dumpable, with a core_pattern that is a "
                      "pipe or begins with /; or let the program call prctl(PR_SET_DUMPABLE, 1)");
  }
  return lost(fmt::format("the process may not be dumped, because {}", e.undumpable_by),
              "leave out prctl(PR_SET_DUMPABLE, 0), or set it to 1 again in the handler");
}

std::optional<CoreFate> judge_limit(const CoreConditions& c, const CoreEvidence& e) {
  if (is_pipe(c)) {
    if (c.limit != 1) return std::nullopt;
    return lost(fmt::format("RLIMIT_CORE is 1, which stands for the program of a pipe itself ({})",
                            limit_setter(e)),
                "set RLIMIT_CORE to anything but 1");
  }
  if (c.limit == 0) {
    return lost(fmt::format("RLIMIT_CORE is 0 ({})", limit_setter(e)), kRaiseLimit);
  }
  if (c.limit < kSmallestCore) {
    return lost(fmt::format("RLIMIT_CORE is {} bytes, less than the smallest core ({})", c.limit,
                            limit_setter(e)),
                kRaiseLimit);
  }
  return std::nullopt;
}

// The kernel has begun a core, even if not a byte of it could be written.
std::optional<CoreFate> judge_file_limit(const CoreConditions& c, const CoreEvidence& e) {
  const bool whole = e.size > 0 && e.size >= e.wanted;
  if (is_pipe(c) || whole || c.file_limit > e.size + kSmallestCore) return std::nullopt;
  return lost(fmt::format("RLIMIT_FSIZE is {}: no file may become larger", c.file_limit),
              "raise it: `ulimit -f unlimited`");
}

std::optional<CoreFate> judge_pattern(const CoreConditions& c) {
  if (c.simulated && c.target.starts_with('@')) {
    return lost(
        "the pattern names a socket (Linux 6.16), and --core-pattern does not play its other end",
        "try it on a machine with that kernel");
  }
  if (!c.target.empty()) return std::nullopt;
  return lost(c.simulated
                  ? "core_pattern is empty"
                  : "/proc/sys/kernel/core_pattern is empty, and core_uses_pid is 0; or it is "
                    "not there, in a kernel without CONFIG_COREDUMP",
              kSetPattern);
}

std::optional<CoreFate> judge_program(const CoreConditions& c) {
  if (!is_pipe(c)) return std::nullopt;
  const std::string name = c.program.substr(c.program.rfind('/') + 1);
  if (name == "false" || name == "true") {
    return lost(fmt::format("/proc/sys/kernel/core_pattern pipes it to {}, which throws it away "
                            "(systemd writes that early at boot)",
                            c.program),
                kSetPattern);
  }
  if (c.program_state == Program::kMissing) {
    return lost(fmt::format("/proc/sys/kernel/core_pattern pipes it to '{}', which does not exist "
                            "in the root that the kernel starts it in",
                            c.program),
                "install it, or change core_pattern; it must be an absolute path, outside any "
                "container");
  }
  if (c.program_state == Program::kNotExecutable) {
    return lost(fmt::format("/proc/sys/kernel/core_pattern pipes it to '{}', which cannot be "
                            "executed",
                            c.program),
                fmt::format("chmod +x {}", c.program));
  }
  return std::nullopt;
}

std::string no_room(const CoreConditions& c) {
  return fmt::format("the file system of {} is full, or a quota of the user on it is used up",
                     c.directory);
}

constexpr const char* kKilled = "the process was killed while it was written";
constexpr const char* kDoNotKill =
    "do not kill a process that dumps (TimeoutAbortSec of a unit), however long it takes";
constexpr const char* kMakeRoom =
    "make room, raise the quota, or give core_pattern a path with more";

// A file stands where the core belongs, and stays: fs/coredump.c unlinks it if it can.
CoreFate taken(const CoreConditions& c, const CoreEvidence& e) {
  const bool careful = e.by_privileges && c.suid_dumpable == 2;
  return lost(
      careful ? fmt::format("{} exists, and with suid_dumpable 2 a core replaces no file", c.target)
              : fmt::format("{} exists, and the user of the process may not replace it", c.target),
      "take it away, or put %p into core_pattern");
}

std::optional<CoreFate> judge_place(const CoreConditions& c, const CoreEvidence& e) {
  const std::string dir = fmt::format("the directory {}", c.directory);
  switch (c.place) {
    case Place::kMissing:
      return lost(dir + ", where it belongs, does not exist",
                  "make the directory, or give core_pattern an absolute path that exists");
    case Place::kUnwritable:
      return lost(fmt::format("{} cannot be written by the user of the process: the directory may "
                              "not be written, or it or one above it may not be searched",
                              c.target),
                  "let the process change to a directory it may write to, or give core_pattern an "
                  "absolute path to one");
    case Place::kReadOnly:
      return lost(dir + " is on a read-only file system",
                  "give core_pattern a path that can be written");
    case Place::kNotAFile:
      return lost(fmt::format("a directory, which is no regular file, stands at {}", c.target),
                  "take it away, or put %p into core_pattern");
    case Place::kLinked:
      return taken(c, e);
    case Place::kFull:
      return lost(no_room(c), kMakeRoom);
    case Place::kFine:
      break;
  }
  return std::nullopt;
}

// The wait status says no more than that a dump was begun.
std::optional<CoreFate> judge_part(const CoreConditions& c, const CoreEvidence& e) {
  if (is_pipe(c) || e.size == 0 || (e.dumped && e.size >= e.wanted)) return std::nullopt;
  if (c.limit != CoreConditions::kUnlimited && e.size + kSmallestCore >= c.limit) {
    return lost(fmt::format("RLIMIT_CORE cut it off after {} of {} ({})", size_text(e.size),
                            size_text(e.wanted), limit_setter(e)),
                kRaiseLimit);
  }
  return lost(fmt::format("it was interrupted after {} of {}: {}", size_text(e.size),
                          size_text(e.wanted), e.killed ? kKilled : no_room(c)),
              e.killed ? kDoNotKill : kMakeRoom);
}

// The file was made, and nothing written to it.
std::optional<CoreFate> judge_empty(const CoreConditions& c, const CoreEvidence& e) {
  if (is_pipe(c) || e.size > 0 || e.wanted == 0) return std::nullopt;
  if (e.killed) return lost(kKilled, kDoNotKill);
  if (e.dumped) return lost(no_room(c), kMakeRoom);
  return lost(fmt::format("{} was made, but the kernel would not write to it: the file system of "
                          "{} gives it another owner or mode than it asked for (as vfat does), or "
                          "takes no writes",
                          c.target, c.directory),
              "give core_pattern a path on another file system");
}

CoreFate kept_by_program(const CoreConditions& c, const CoreEvidence& e) {
  CoreFate fate;
  fate.kept = true;
  fate.where = c.program;
  fate.message = fmt::format("the core was piped to {}", c.target.substr(1));
  fate.hint = c.program.find("systemd-coredump") != std::string::npos
                  ? fmt::format("look with `coredumpctl info {}`", e.pid)
                  : fmt::format("ask {} where it keeps them", c.program);
  return fate;
}

// What systemd-coredump has done with it: src/coredump/coredump.c of systemd 252, process_kernel().
// Of a crash of PID 1 (number 1, or of init.scope) and of the journal it takes care by itself, and
// else leaves that to a unit, for which PID 1 must accept its connection.
std::string systemd_text(const CoreEvidence& e) {
  if (e.handed_over) {
    return ", which handed it to PID 1 by the socket /run/systemd/coredump: it is kept once PID 1 "
           "has started systemd-coredump@.service";
  }
  return ", which saved it by itself, as it does for PID 1 and for the journal; no unit had to be "
         "started";
}

std::string end_of(const CorePiped& piped) {
  if (piped.signal) return fmt::format("was killed by signal {}", *piped.signal);
  return fmt::format("failed with status {}", piped.code.value_or(-1));
}

CoreFate judge_piped(const CoreConditions& c, const CoreEvidence& e) {
  const CorePiped& piped = *e.piped;
  if (piped.code == 0) {
    CoreFate fate = kept_by_program(c, e);
    if (!c.systemd.empty()) fate.message += systemd_text(e);
    return fate;
  }
  const bool unreached = e.handed_over ? *e.handed_over < 0 : c.systemd == "missing";
  if (!c.systemd.empty() && unreached) {
    const char* const error =
        e.handed_over ? strerrorname_np(static_cast<int>(-*e.handed_over)) : nullptr;
    return lost(fmt::format("{} {}: the socket at /run/systemd/coredump, where PID 1 must listen, "
                            "could not be reached{}",
                            c.program, end_of(piped), error ? fmt::format(" ({})", error) : ""),
                "a PID 1 that has crashed starts no unit: let core_pattern name a file, or a "
                "program that does its work by itself");
  }
  return lost(fmt::format("{}, to which it was piped, {}", c.program, end_of(piped)),
              "see what that program says, and its system calls in this report");
}

}  // namespace

std::string size_text(std::uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} bytes", bytes);
  double value = static_cast<double>(bytes) / 1024;
  const char* unit = "kB";
  for (const char* const next : {"MB", "GB"}) {
    if (value < 1024) break;
    value /= 1024;
    unit = next;
  }
  return fmt::format("{:.1f} {}", value, unit);
}

CoreFate judge_core(const CoreConditions& c, const CoreEvidence& e) {
  if (e.piped) return judge_piped(c, e);
  // These hold whatever the wait status says: the kernel sets WCOREDUMP once a pipe took it all.
  if (auto fate = judge_program(c)) return *fate;
  if (auto fate = judge_file_limit(c, e)) return *fate;
  if (auto fate = judge_part(c, e)) return *fate;
  if (auto fate = judge_empty(c, e)) return *fate;
  if (c.simulated) {
    if (auto fate = judge_dumpable(c, e)) return *fate;
  }
  if (e.dumped) {
    if (is_pipe(c)) return kept_by_program(c, e);
    CoreFate fate{true, fmt::format("a core was written to {}", c.target), "", c.target};
    if (e.size > 0) fate.message += fmt::format(" ({})", size_text(e.size));
    fate.hint = fmt::format("gdb -c {}, or eu-stack --core {}", c.target, c.target);
    return fate;
  }
  if (auto fate = judge_dumpable(c, e)) return *fate;
  if (auto fate = judge_limit(c, e)) return *fate;
  if (auto fate = judge_pattern(c)) return *fate;
  if (auto fate = judge_place(c, e)) return *fate;
  if (c.is_init) {
    return lost("the process is PID 1 of its namespace",
                "see what that init does with its own crash; the core_pattern of the host holds");
  }
  if (e.killed) return lost(kKilled, kDoNotKill);
  return lost(
      "the kernel wrote none, though nothing of core(5) speaks against it: a kernel without "
      "CONFIG_ELF_CORE, or a security module",
      "see the kernel's log (dmesg)");
}

}  // namespace ttrace
