#include "tracer/session/crash_steps.h"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "tracer/abi/signals.h"
#include "tracer/engine/remote_memory.h"
#include "tracer/session/descriptor_text.h"
#include "tracer/session/proc_status.h"

namespace ttrace {
namespace {

using Kind = CrashStep::Kind;
constexpr std::size_t kMostText = 160;
constexpr std::size_t kMostPath = 512;

/// How many arguments a call has, and which of them is a path (-1: none).
struct Form {
  unsigned count;
  int path;
};
const std::map<std::string, Form, std::less<>> kForms = {{"open", {2, 0}},
                                                         {"openat", {3, 1}},
                                                         {"chdir", {1, 0}},
                                                         {"close", {1, -1}},
                                                         {"dup", {1, -1}},
                                                         {"dup2", {2, -1}},
                                                         {"dup3", {3, -1}},
                                                         {"unlink", {1, 0}},
                                                         {"access", {2, 0}},
                                                         {"readlink", {1, 0}},
                                                         {"mkdir", {2, 0}},
                                                         {"pause", {0, -1}},
                                                         {"getpid", {0, -1}},
                                                         {"gettid", {0, -1}},
                                                         {"getppid", {0, -1}},
                                                         {"sync", {0, -1}},
                                                         {"alarm", {1, -1}},
                                                         {"umask", {1, -1}},
                                                         {"fsync", {1, -1}},
                                                         {"setsid", {0, -1}},
                                                         {"getuid", {0, -1}},
                                                         {"geteuid", {0, -1}},
                                                         {"stat", {1, 0}},
                                                         {"newfstatat", {2, 1}},
                                                         {"ioctl", {2, -1}},
                                                         {"fcntl", {3, -1}},
                                                         {"fcntl64", {3, -1}},
                                                         {"read", {3, -1}},
                                                         {"futex", {3, -1}},
                                                         {"brk", {1, -1}},
                                                         {"munmap", {2, -1}},
                                                         {"mmap", {4, -1}},
                                                         {"mmap2", {4, -1}},
                                                         {"prctl", {2, -1}},
                                                         {"statx", {2, 1}},
                                                         {"faccessat", {2, 1}},
                                                         {"reboot", {3, -1}},
                                                         {"connect", {3, -1}},
                                                         {"socket", {3, -1}},
                                                         {"sched_yield", {0, -1}},
                                                         {"setuid", {1, -1}},
                                                         {"setgid", {1, -1}},
                                                         {"fchdir", {1, -1}},
                                                         {"getuid32", {0, -1}},
                                                         {"poll", {3, -1}},
                                                         {"epoll_wait", {4, -1}},
                                                         {"set_robust_list", {2, -1}},
                                                         {"rseq", {4, -1}},
                                                         {"vhangup", {0, -1}},
                                                         {"rt_sigprocmask", {4, -1}},
                                                         {"nanosleep", {2, -1}},
                                                         {"clock_nanosleep", {4, -1}},
                                                         {"clock_nanosleep_time64", {4, -1}}};

std::string value_text(std::uint64_t value, Abi abi) {
  const auto number = abi == Abi::kI386 ? std::int64_t{static_cast<std::int32_t>(value)}
                                        : static_cast<std::int64_t>(value);
  constexpr std::int64_t kSmall = 65536;
  if (number > -kSmall && number < kSmall) return std::to_string(number);
  // Registers may hold ints with garbage, or a sign, only in their lower half.
  if (value >> 32 == 0xffffffff || value >> 32 == 0) {
    const auto narrow = static_cast<std::int32_t>(value);
    if (narrow < 0 && narrow > -kSmall) return std::to_string(narrow);
  }
  return fmt::format("{:#x}", value);
}

std::vector<std::string> args_text(const Tracee& tracee, const FollowedCall& call) {
  const auto known = kForms.find(call.name);
  const Form form = known == kForms.end() ? Form{4, -1} : known->second;
  std::vector<std::string> args;
  for (unsigned i = 0; i < form.count; ++i) {
    if (static_cast<int>(i) == form.path) {
      args.push_back(fmt::format(
          "\"{}\"", read_string(tracee.process->pid, RemotePtr{call.args[i]}, kMostPath)));
    } else {
      args.push_back(value_text(call.args[i], call.abi));
    }
  }
  return args;
}

// The target's own word for itself, which in a pid namespace is another than ours.
bool names_itself(const Tracee& tracee, std::int64_t id) {
  const auto status = read_status(tracee.tid);
  return id == 0 || (status && (id == status->inner_tgid || id == status->inner_tid));
}

void describe_raise(CrashStep& step, const Tracee& tracee, const FollowedCall& call) {
  static const std::map<std::string, std::pair<unsigned, unsigned>> kPlaces = {
      {"kill", {0, 1}},
      {"tkill", {0, 1}},
      {"tgkill", {1, 2}},
      {"rt_sigqueueinfo", {0, 1}},
      {"rt_tgsigqueueinfo", {1, 2}}};
  const auto place = kPlaces.find(call.name);
  if (place == kPlaces.end()) return;
  const auto target = static_cast<std::int32_t>(call.args[place->second.first]);
  step.signal = static_cast<int>(call.args[place->second.second]);
  if (step.signal == 0) return;  // asks only whether it is there
  step.kind = Kind::kRaised;
  step.pid = names_itself(tracee, target) ? 0 : target;
  step.syscall.args = {step.pid == 0 ? "itself" : std::to_string(target), signal_name(step.signal)};
}

void describe_action(CrashStep& step, const Tracee& tracee, const FollowedCall& call) {
  const bool plain = call.name == "signal";
  if (!plain && call.name != "rt_sigaction" && call.name != "sigaction") return;
  if (!plain && call.args[1] == 0) return;  // asks only
  std::uint64_t handler = call.args[1];
  if (!plain) {
    handler = 0;
    const unsigned word = abi_info(call.abi).word_size;
    if (!read_memory(tracee.process->pid, RemotePtr{call.args[1]}, &handler, word)) return;
  }
  step.kind = Kind::kAction;
  step.signal = static_cast<int>(call.args[0]);
  step.value = static_cast<std::int64_t>(handler);
  step.detail = handler == 0 ? "SIG_DFL" : handler == 1 ? "SIG_IGN" : "";
  step.syscall.args = {signal_name(step.signal),
                       step.detail.empty() ? fmt::format("{:#x}", handler) : step.detail};
}

std::string first_bytes(const Tracee& tracee, RemotePtr from, std::uint64_t size) {
  std::string text(std::min<std::uint64_t>(size, kMostText), '\0');
  text.resize(read_memory_upto(tracee.process->pid, from, text.data(), text.size()));
  return text;
}

// writev(2)'s vector: pairs of address and size.
std::string gathered(const Tracee& tracee, const FollowedCall& call) {
  const unsigned word = abi_info(call.abi).word_size;
  std::string text;
  for (std::uint64_t i = 0; i < std::min<std::uint64_t>(call.args[2], 16); ++i) {
    std::uint64_t base = 0, size = 0;
    const RemotePtr at{call.args[1] + i * 2 * word};
    if (!read_memory(tracee.process->pid, at, &base, word) ||
        !read_memory(tracee.process->pid, at + word, &size, word)) {
      break;
    }
    text += first_bytes(tracee, RemotePtr{base}, size);
    if (text.size() >= kMostText) break;
  }
  return text.substr(0, kMostText);
}

void describe_write(CrashStep& step, const Tracee& tracee, const FollowedCall& call) {
  const bool vector = call.name == "writev";
  if (!vector && call.name != "write" && call.name != "pwrite64" && call.name != "sendto" &&
      call.name != "send") {
    return;
  }
  const int fd = static_cast<int>(call.args[0]);
  step.kind = Kind::kWrote;
  step.value = fd;
  step.detail = descriptor_text(*tracee.process, tracee.tid, fd);
  step.text =
      vector ? gathered(tracee, call) : first_bytes(tracee, RemotePtr{call.args[1]}, call.args[2]);
  step.syscall.args = {std::to_string(fd), "…"};
}

std::string limit_value(std::uint64_t value) {
  return value == RLIM_INFINITY ? "RLIM_INFINITY" : std::to_string(value);
}

void describe_limit(CrashStep& step, const Tracee& tracee, const FollowedCall& call) {
  const bool with_pid = call.name == "prlimit64";
  if (!with_pid && call.name != "setrlimit") return;
  const std::uint64_t at = call.args[with_pid ? 2 : 1];
  const auto resource = static_cast<int>(call.args[with_pid ? 1 : 0]);
  const std::string name = resource == RLIMIT_CORE    ? "RLIMIT_CORE"
                           : resource == RLIMIT_STACK ? "RLIMIT_STACK"
                                                      : fmt::format("resource {}", resource);
  step.syscall.args = {name};
  if (at == 0) return;
  const bool narrow = !with_pid && call.abi == Abi::kI386;
  std::uint64_t soft = 0;
  if (!read_memory(tracee.process->pid, RemotePtr{at}, &soft, narrow ? 4 : 8)) return;
  if (narrow && soft == 0xffffffff) soft = RLIM_INFINITY;
  step.syscall.args.push_back(limit_value(soft));
}

void describe_prctl(CrashStep& step, const FollowedCall& call) {
  static const std::map<std::uint64_t, const char*> kNames = {
      {PR_SET_DUMPABLE, "PR_SET_DUMPABLE"},   {PR_GET_DUMPABLE, "PR_GET_DUMPABLE"},
      {PR_SET_PTRACER, "PR_SET_PTRACER"},     {PR_SET_NAME, "PR_SET_NAME"},
      {PR_SET_PDEATHSIG, "PR_SET_PDEATHSIG"}, {PR_SET_NO_NEW_PRIVS, "PR_SET_NO_NEW_PRIVS"}};
  if (call.name != "prctl") return;
  const auto known = kNames.find(call.args[0]);
  if (known != kNames.end()) step.syscall.args[0] = known->second;
}

// The path of a unix socket; other addresses stay as they are.
void describe_connect(CrashStep& step, const Tracee& tracee, const FollowedCall& call) {
  if (call.name != "connect") return;
  sockaddr_un address{};
  const std::size_t size = std::min<std::uint64_t>(call.args[2], sizeof address);
  (void)read_memory_upto(tracee.process->pid, RemotePtr{call.args[1]}, &address, size);
  if (address.sun_family != AF_UNIX) return;
  const char* const path = address.sun_path[0] ? address.sun_path : address.sun_path + 1;
  step.syscall.args = {std::to_string(static_cast<int>(call.args[0])),
                       fmt::format("\"{}{}\"", address.sun_path[0] ? "" : "@",
                                   std::string(path, strnlen(path, sizeof address.sun_path - 1)))};
}

bool waits(const std::string& name) {
  return name == "wait4" || name == "waitpid" || name == "waitid";
}

std::string waitid_text(int code, int status) {
  switch (code) {
    case CLD_EXITED:
      return fmt::format("exited with status {} (CLD_EXITED)", status);
    case CLD_KILLED:
      return fmt::format("was killed by {} (CLD_KILLED)", signal_name(status));
    case CLD_DUMPED:
      return fmt::format("was killed by {} and dumped core (CLD_DUMPED)", signal_name(status));
    default:
      return "stopped or went on";
  }
}

void describe_wait(CrashStep& step, const Tracee& tracee, const FollowedCall& call,
                   std::int64_t result) {
  const Pid self = tracee.process->pid;
  if (call.name == "waitid") {
    // siginfo_t: signo, errno, code, then (at 16 on x86-64) pid, uid, status (asm-generic).
    std::array<std::int32_t, 8> words{};
    if (!read_memory(self, RemotePtr{call.args[2]}, words.data(), sizeof words)) return;
    const std::size_t at = call.abi == Abi::kI386 ? 3 : 4;
    step.kind = Kind::kWaited;
    step.pid = words[at];
    step.detail = waitid_text(words[2], words[at + 2]);
    return;
  }
  if (result == 0) return;  // WNOHANG
  step.kind = Kind::kWaited;
  step.pid = static_cast<int>(result);
  step.detail = "has ended";
  if (call.args[1] == 0) return;
  const auto status = read_object<std::int32_t>(self, RemotePtr{call.args[1]});
  if (status) step.detail = wait_status_text(*status);
}

}  // namespace

std::string wait_status_text(int status) {
  if (WIFEXITED(status)) return fmt::format("exited with status {}", WEXITSTATUS(status));
  if (!WIFSIGNALED(status)) return "stopped or went on";
  return fmt::format("was killed by {}{}", signal_name(WTERMSIG(status)),
                     WCOREDUMP(status) ? " and dumped core" : "");
}

void unfold_socketcall(const Tracee& tracee, FollowedCall& call) {
  static const std::map<std::uint64_t, const char*> kNames = {// linux/net.h
                                                              {1, "socket"},
                                                              {3, "connect"},
                                                              {9, "send"},
                                                              {11, "sendto"},
                                                              {16, "sendmsg"}};
  const auto known = kNames.find(call.args[0]);
  std::array<std::uint32_t, 3> words{};
  if (call.name != "socketcall" || known == kNames.end() ||
      !read_memory(tracee.process->pid, RemotePtr{call.args[1]}, words.data(), sizeof words)) {
    return;
  }
  call.name = known->second;
  call.args = {words[0], words[1], words[2]};
}

bool is_signal_return(const std::string& name) {
  return name == "rt_sigreturn" || name == "sigreturn";
}

bool makes_process(const std::string& name) {
  return name == "fork" || name == "vfork" || name == "clone" || name == "clone3";
}

bool is_told_at_entry(const CrashStep& step) {
  return step.kind == Kind::kRaised || step.kind == Kind::kExits || step.kind == Kind::kAction;
}

CrashStep step_at_entry(const Tracee& tracee, const FollowedCall& call) {
  CrashStep step;
  step.syscall = {call.name, args_text(tracee, call), std::nullopt};
  if (call.name == "exit" || call.name == "exit_group") {
    step.kind = Kind::kExits;
    step.value = static_cast<std::int32_t>(call.args[0]) & 0xff;
    step.syscall.args = {std::to_string(step.value)};
  }
  if (call.name == "execve" || call.name == "execveat") {
    step.kind = Kind::kExecuted;
    const RemotePtr path{call.args[call.name == "execve" ? 0 : 1]};
    step.detail = read_string(tracee.process->pid, path, kMostPath);
    step.syscall.args = {fmt::format("\"{}\"", step.detail)};
  }
  describe_raise(step, tracee, call);
  describe_action(step, tracee, call);
  describe_write(step, tracee, call);
  describe_limit(step, tracee, call);
  describe_prctl(step, call);
  describe_connect(step, tracee, call);
  return step;
}

void complete_step(CrashStep& step, const Tracee& tracee, const FollowedCall& call,
                   std::int64_t result) {
  step.syscall.result = result;
  if (waits(call.name) && result >= 0) describe_wait(step, tracee, call, result);
}

}  // namespace ttrace
