#include "tracer/session/waited.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <array>
#include <csignal>

#include "tracer/abi/signals.h"
#include "tracer/engine/remote_memory.h"

namespace ttrace {
namespace {

using Kind = CrashStep::Kind;

std::string wait_status_text(int status) {
  if (WIFEXITED(status)) return fmt::format("exited with status {}", WEXITSTATUS(status));
  if (!WIFSIGNALED(status)) return "stopped or went on";
  return fmt::format("was killed by {}{}", signal_name(WTERMSIG(status)),
                     WCOREDUMP(status) ? " and dumped core" : "");
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

struct ChildInfo {
  std::int32_t signal, code, pid, status;
};

bool takes_signal(const FollowedCall& call) { return call.name.starts_with("rt_sigtimedwait"); }

/// Where the call leaves a siginfo_t; 0: it leaves none.
RemotePtr info_at(const FollowedCall& call) {
  return RemotePtr{call.name == "waitid" ? call.args[2] : takes_signal(call) ? call.args[1] : 0};
}

// siginfo_t: signo, errno, code, then (at 16 on x86-64) pid, uid, status (asm-generic/siginfo.h).
std::optional<ChildInfo> read_child_info(Pid self, const FollowedCall& call) {
  std::array<std::int32_t, 8> words{};
  if (!read_memory(self, info_at(call), words.data(), sizeof words)) return std::nullopt;
  const std::size_t at = call.abi == Abi::kI386 ? 3 : 4;
  return ChildInfo{words[0], words[2], words[at], words[at + 2]};
}

}  // namespace

bool is_wait(const std::string& name) {
  return name == "wait4" || name == "waitpid" || name == "waitid";
}

void describe_wait(CrashStep& step, const Tracee& tracee, const FollowedCall& call,
                   std::int64_t result) {
  const Pid self = tracee.process->pid;
  if (call.name == "waitid") {
    const auto info = read_child_info(self, call);
    if (!info) return;
    step.kind = Kind::kWaited;
    step.pid = info->pid;
    step.detail = waitid_text(info->code, info->status);
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

std::optional<int> killed_child(const Tracee& tracee, const FollowedCall& call,
                                std::int64_t result) {
  const Pid self = tracee.process->pid;
  if (result < 0) return std::nullopt;
  if (raw(info_at(call)) != 0) {
    const auto info = read_child_info(self, call);
    const bool killed = info && info->signal == SIGCHLD && info->code == CLD_KILLED;
    return killed ? std::optional(info->pid) : std::nullopt;
  }
  if (!is_wait(call.name) || result == 0 || call.args[1] == 0) return std::nullopt;
  const auto status = read_object<std::int32_t>(self, RemotePtr{call.args[1]});
  if (!status || !WIFSIGNALED(*status)) return std::nullopt;
  return static_cast<int>(result);
}

void tell_of_core(const Tracee& tracee, const FollowedCall& call) {
  const Pid self = tracee.process->pid;
  if (raw(info_at(call)) != 0) {
    const std::int32_t dumped = CLD_DUMPED;
    (void)write_memory(self, info_at(call) + 2 * sizeof dumped, &dumped, sizeof dumped);
    return;
  }
  const RemotePtr at{call.args[1]};
  auto status = read_object<std::int32_t>(self, at);
  if (!status) return;
  *status |= WCOREFLAG;
  (void)write_memory(self, at, &*status, sizeof *status);
}

}  // namespace ttrace
