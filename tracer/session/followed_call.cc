#include "tracer/session/followed_call.h"

#include <fmt/format.h>

#include <map>

#include "tracer/engine/remote_memory.h"

namespace ttrace {
namespace {

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

}  // namespace

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

}  // namespace ttrace
