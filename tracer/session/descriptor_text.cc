#include "tracer/session/descriptor_text.h"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <vector>

#include "analyzers/connect_wording.h"
#include "tracer/base/link_text.h"
#include "tracer/intercept/sockaddr.h"
#include "tracer/intercept/target_socket.h"
#include "tracer/session/unix_peer.h"

namespace ttrace {
namespace {

constexpr std::size_t kMostSeen = 20000;  // descriptors of other processes that are looked at
constexpr std::size_t kMostNamed = 3;

std::vector<std::string> names_in(const std::string& path) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(opendir(path.c_str()), closedir);
  while (const dirent* entry = dir ? readdir(dir.get()) : nullptr) {
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  }
  return names;
}

/// Other processes that have what `link` ("pipe:[123]") names.
std::string others_with(const Process& process, const std::string& link) {
  std::vector<std::string> names;
  std::size_t seen = 0;
  for (const std::string& pid : names_in("/proc")) {
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    const int number = std::atoi(pid.c_str());
    if (number == raw(process.pid) || number == getpid()) continue;
    const std::string fds = fmt::format("/proc/{}/fd", pid);
    for (const std::string& fd : names_in(fds)) {
      if (++seen > kMostSeen || names.size() == kMostNamed) break;
      if (link_text(fds + "/" + fd) != link) continue;
      names.push_back(process_text(number));
      break;
    }
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string pipe_text(const Process& process, const std::string& link) {
  const std::string others = others_with(process, link);
  if (others.empty()) return "a pipe that no other process has open";
  return fmt::format("a pipe that {} has open too", others);
}

using GetName = int (*)(int, sockaddr*, socklen_t*);

std::string name_of(const TargetSocket& socket, GetName get) {
  RawAddress address;
  socklen_t size = sizeof address.bytes;
  if (get(socket.fd(), reinterpret_cast<sockaddr*>(address.bytes.data()), &size) != 0) return "";
  address.size = std::min<std::size_t>(size, address.bytes.size());
  const SocketAddress where = describe(address);
  return where.address.empty() ? "" : endpoint_text(where);
}

/// "" or ", whose other end … has".
std::string unix_peer_text(const Process& process, const TargetSocket& socket) {
  struct stat status {};
  if (fstat(socket.fd(), &status) != 0) return "";
  const auto peer = unix_peer(status.st_ino);
  if (!peer) return "";
  const std::string others = others_with(process, fmt::format("socket:[{}]", *peer));
  if (!others.empty()) return fmt::format(", whose other end {} has", others);
  return ", whose other end no other process has";
}

std::string socket_text(const Process& process, Pid tid, int fd) {
  const TargetSocket socket(process.pid, tid, fd);
  if (!socket.valid()) return "a socket";
  const bool datagrams = socket.option(SOL_SOCKET, SO_TYPE) == SOCK_DGRAM;
  const bool local = socket.option(SOL_SOCKET, SO_DOMAIN) == AF_UNIX;
  const char* const kind = local ? "a unix socket" : datagrams ? "a UDP socket" : "a TCP socket";
  const std::string peer = name_of(socket, getpeername);
  const std::string own = name_of(socket, getsockname);
  const std::string other_end = local ? unix_peer_text(process, socket) : "";
  if (!peer.empty()) return fmt::format("{} connected to {}{}", kind, peer, other_end);
  std::string text = kind;
  if (!own.empty()) text += fmt::format(" at {}", own);
  if (socket.option(SOL_SOCKET, SO_ACCEPTCONN) == 1) return text + " that listens";
  if (!other_end.empty()) return text + other_end;
  // Where sock_diag(7) is not to be had, as in another network namespace.
  if (local && socket.option(SOL_SOCKET, SO_TYPE) == SOCK_STREAM) {
    struct ucred peer_of {};
    socklen_t size = sizeof peer_of;
    if (!getsockopt(socket.fd(), SOL_SOCKET, SO_PEERCRED, &peer_of, &size) && peer_of.pid > 0) {
      text += fmt::format(" made or connected to by {}", process_text(peer_of.pid));
    }
  }
  return text;
}

}  // namespace

std::string process_text(int pid) {
  std::ifstream file(fmt::format("/proc/{}/comm", pid));
  std::string comm;
  if (!std::getline(file, comm)) return std::to_string(pid);
  return fmt::format("{}[{}]", comm, pid);
}

std::string descriptor_text(const Process& process, Pid tid, int fd) {
  const std::string link = link_text(fmt::format("/proc/{}/fd/{}", raw(process.pid), fd));
  if (link.starts_with("socket:")) return socket_text(process, tid, fd);
  if (link.starts_with("pipe:")) return pipe_text(process, link);
  if (link.starts_with("anon_inode:")) return "an " + link.substr(11);
  return link.empty() ? "a descriptor that is not open" : link;
}

// A line: "1: FLOCK  ADVISORY  WRITE 1234 08:01:5678 0 EOF"; with "->" one that waits.
std::string lock_text(const Process& process, int fd) {
  const std::string path = fmt::format("/proc/{}/fd/{}", raw(process.pid), fd);
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return "";
  const std::string inode = fmt::format(":{}", status.st_ino);
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);) {
    std::istringstream words(line);
    std::string number, kind, advisory, mode, pid, file;
    words >> number >> kind;
    if (kind == "->") continue;
    words >> advisory >> mode >> pid >> file;
    if (!file.ends_with(inode)) continue;
    // A lock of an open file (F_OFD_SETLK) belongs to no process; -1 stands there.
    const int owner = std::atoi(pid.c_str());
    const std::string who = owner > 0 ? process_text(owner) : others_with(process, link_text(path));
    return fmt::format("the lock on {}, which {} has", link_text(path),
                       who.empty() ? "somebody else" : who);
  }
  return fmt::format("a lock on {}", link_text(path));
}

}  // namespace ttrace
