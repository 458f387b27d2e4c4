#include "tracer/session/blocked_call.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <set>
#include <sstream>

#include "analyzers/connect_wording.h"
#include "tracer/abi/syscall_table.h"
#include "tracer/base/first_line.h"
#include "tracer/base/narrow.h"
#include "tracer/engine/remote_memory.h"
#include "tracer/intercept/connect_attempt.h"
#include "tracer/session/descriptor_text.h"
#include "tracer/session/futex_text.h"
#include "tracer/session/tcp_table.h"

namespace ttrace {
namespace {

constexpr std::size_t kMostDescriptors = 4;  // of a poll, by name
constexpr std::size_t kMostPolled = 64;

/// proc(5), /proc/PID/syscall: "NR ARG0 … ARG5 SP PC", "running", or "-1 SP PC".
struct Call {
  long nr = -1;
  std::array<std::uint64_t, 6> args{};
};

Call read_call(Pid tid) {
  std::istringstream line(first_line(fmt::format("/proc/{0}/syscall", raw(tid))));
  Call call;
  if (!(line >> call.nr)) return {};
  line >> std::hex;
  for (auto& arg : call.args) {
    std::string word;
    if (!(line >> word)) return {};
    arg = std::strtoull(word.c_str(), nullptr, 16);
  }
  return call;
}

std::string list_of(const Process& process, Pid tid, const std::set<int>& fds) {
  std::vector<std::string> names;
  for (const int fd : fds) {
    if (names.size() == kMostDescriptors) {
      names.push_back(fmt::format("{} more", fds.size() - names.size()));
      break;
    }
    names.push_back(fmt::format("{} (descriptor {})", descriptor_text(process, tid, fd), fd));
  }
  return names.empty() ? "" : fmt::format("{}", fmt::join(names, ", "));
}

std::string polled(const Process& process, Pid tid, const Call& call) {
  std::array<pollfd, kMostPolled> items{};
  const std::size_t count = at_most(items.size(), call.args[1]);
  const std::size_t got =
      read_memory_upto(process.pid, RemotePtr{call.args[0]}, items.data(), count * sizeof items[0]);
  std::set<int> fds;
  for (std::size_t i = 0; i < got / sizeof items[0]; ++i) {
    if (items[i].fd >= 0) fds.insert(items[i].fd);
  }
  return fds.empty() ? "time to pass" : list_of(process, tid, fds);
}

std::string selected(const Process& process, Pid tid, const Call& call) {
  std::array<unsigned char, 128> bits{};  // an fd_set: 1024 bits
  std::set<int> fds;
  for (const unsigned arg : {1U, 2U, 3U}) {
    bits = {};
    if (call.args[arg] != 0) {
      (void)read_memory_upto(process.pid, RemotePtr{call.args[arg]}, bits.data(), bits.size());
    }
    const int count = std::min(static_cast<int>(call.args[0]), 1024);
    for (int fd = 0; fd < count; ++fd) {
      if (bits[static_cast<std::size_t>(fd) / 8] >> (fd % 8) & 1) fds.insert(fd);
    }
  }
  return fds.empty() ? "time to pass" : list_of(process, tid, fds);
}

std::string epoll_members(const Process& process, Pid tid, int epoll) {
  std::ifstream info(fmt::format("/proc/{}/fdinfo/{}", raw(process.pid), epoll));
  std::set<int> fds;
  for (std::string line; std::getline(info, line) && fds.size() < kMostPolled;) {
    if (line.starts_with("tfd:")) fds.insert(std::atoi(line.c_str() + 4));
  }
  return list_of(process, tid, fds);
}

std::string child_text(const Process& process, Pid tid, int which) {
  if (which > 0) return fmt::format("its child {}", process_text(which));
  std::istringstream children(
      first_line(fmt::format("/proc/{}/task/{}/children", raw(process.pid), raw(tid))));
  std::vector<std::string> names;
  for (int pid = 0; children >> pid && names.size() < kMostDescriptors;) {
    names.push_back(process_text(pid));
  }
  return names.empty() ? "a child" : fmt::format("its child {}", fmt::join(names, ", "));
}

// The other end stands where the program wrote it, until its call returns.
std::string connecting_to(const Process& process, Pid tid, const Call& call) {
  RawAddress to;
  to.size = read_memory_upto(process.pid, RemotePtr{call.args[1]}, to.bytes.data(),
                             at_most(to.bytes.size(), call.args[2]));
  if (to.size == 0) return descriptor_text(process, tid, static_cast<int>(call.args[0]));
  SocketAddress place = describe(to);
  place.service = service_name(place);
  return place_text(place) + " to answer";
}

bool is_one_of(const std::string& name, std::initializer_list<const char*> list) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

std::string other_end(const Process& process, Pid tid, const std::string& name, const Call& call) {
  const int first = static_cast<int>(call.args[0]);
  if (is_one_of(name, {"poll", "ppoll", "ppoll_time64"})) return polled(process, tid, call);
  if (is_one_of(name, {"select", "_newselect", "pselect6", "pselect6_time64"})) {
    return selected(process, tid, call);
  }
  if (name.starts_with("epoll_")) return epoll_members(process, tid, first);
  if (is_one_of(name, {"wait4", "waitpid"})) return child_text(process, tid, first);
  if (name == "waitid")
    return child_text(process, tid, first == 1 ? static_cast<int>(call.args[1]) : 0);
  if (name.starts_with("futex")) return futex_text(process, call.args);
  if (name.find("nanosleep") != std::string::npos) return "time to pass";
  if (is_one_of(name, {"pause", "rt_sigsuspend", "sigsuspend", "rt_sigtimedwait"}))
    return "a signal";
  if (name == "connect") return connecting_to(process, tid, call);
  if (name == "flock" || name.starts_with("fcntl")) return lock_text(process, first);
  const bool takes_fd = is_one_of(
      name, {"read",    "readv",   "pread64",  "write",   "writev",   "pwrite64",        "accept",
             "accept4", "recv",    "recvfrom", "recvmsg", "recvmmsg", "recvmmsg_time64", "send",
             "sendto",  "sendmsg", "sendmmsg", "ioctl",   "fsync",    "splice",          "tee"});
  return takes_fd ? descriptor_text(process, tid, first) : "";
}

// i386's socketcall(2) by the name of what it does (linux/net.h).
void unfold_socketcall(const Process& process, std::string& name, Call& call) {
  static constexpr std::array kNames = {"",           "socket",   "bind",        "connect",
                                        "listen",     "accept",   "getsockname", "getpeername",
                                        "socketpair", "send",     "recv",        "sendto",
                                        "recvfrom",   "shutdown", "setsockopt",  "getsockopt",
                                        "sendmsg",    "recvmsg",  "accept4",     "recvmmsg",
                                        "sendmmsg"};
  std::array<std::uint32_t, 3> words{};
  if (name != "socketcall" || call.args[0] >= kNames.size()) return;
  if (!read_memory(process.pid, RemotePtr{call.args[1]}, words.data(), sizeof words)) return;
  name = kNames[static_cast<std::size_t>(call.args[0])];
  call.args = {words[0], words[1], words[2]};
}

}  // namespace

ThreadBlocked blocked_call(const Process& process, Pid tid) {
  ThreadBlocked blocked;
  Call call = read_call(tid);
  if (call.nr < 0) return blocked;
  std::string name = syscall_name(process.abi, SyscallNr{static_cast<int>(call.nr)});
  unfold_socketcall(process, name, call);
  blocked.syscall.name = name;
  for (unsigned i = 0; i < 3; ++i)
    blocked.syscall.args.push_back(fmt::format("{:#x}", call.args[i]));
  blocked.kernel_wait = first_line(fmt::format("/proc/{}/wchan", raw(tid)));
  if (blocked.kernel_wait == "0") blocked.kernel_wait.clear();
  blocked.on = other_end(process, tid, name, call);
  if (name != "connect") return blocked;
  const auto connects = tcp_connects_by_descriptor(process.pid);
  const auto found = connects.find(static_cast<int>(call.args[0]));
  if (found != connects.end()) blocked.lasted = age_of(found->second);
  return blocked;
}

}  // namespace ttrace
