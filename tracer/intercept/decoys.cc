#include "tracer/intercept/decoys.h"

#include <sys/un.h>
#include <unistd.h>

namespace ttrace {
namespace {

constexpr int kManyWaiting = 4096;

UniqueFd open_socket(int domain, int type, int flags = 0) {
  return UniqueFd(socket(domain, type | SOCK_CLOEXEC | flags, 0));
}

/// A free port of the loopback interface, or a free abstract name (unix(7), autobind).
bool bind_anywhere(int fd, int domain) {
  sockaddr_in in{};
  sockaddr_in6 in6{};
  sa_family_t family = AF_UNIX;
  in.sin_family = AF_INET;
  in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  in6.sin6_family = AF_INET6;
  in6.sin6_addr = in6addr_loopback;
  const void* const address = domain == AF_INET    ? static_cast<void*>(&in)
                              : domain == AF_INET6 ? static_cast<void*>(&in6)
                                                   : static_cast<void*>(&family);
  const std::size_t size = domain == AF_INET    ? sizeof in
                           : domain == AF_INET6 ? sizeof in6
                                                : sizeof family;
  return bind(fd, static_cast<const sockaddr*>(address), static_cast<socklen_t>(size)) == 0;
}

RawAddress own_address(int fd) {
  RawAddress raw;
  socklen_t size = sizeof raw.bytes;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(raw.bytes.data()), &size) == 0) raw.size = size;
  return raw;
}

bool connect_to(int fd, const RawAddress& to) {
  return connect(fd, reinterpret_cast<const sockaddr*>(to.bytes.data()),
                 static_cast<socklen_t>(to.size)) == 0;
}

/// A UDP socket that speaks with itself alone: what others send there is answered as by no socket.
bool close_to_others(int fd) { return connect_to(fd, own_address(fd)); }

void fill_datagrams(int fd) {
  while (send(fd, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1) continue;
}

}  // namespace

bool SocketKind::is_tcp() const {
  const bool internet = domain == AF_INET || domain == AF_INET6;
  return internet && type == SOCK_STREAM && (protocol == IPPROTO_TCP || protocol == 262 /*MPTCP*/);
}

bool SocketKind::is_udp() const {
  const bool internet = domain == AF_INET || domain == AF_INET6;
  return internet && type == SOCK_DGRAM && protocol == IPPROTO_UDP;
}

bool SocketKind::is_unix() const { return domain == AF_UNIX; }

bool SocketKind::is_unix_stream() const { return is_unix() && type != SOCK_DGRAM; }

// A listener with a backlog of 0 holds one connection that nobody accepts; it then drops each
// further SYN (net/ipv4/tcp_input.c, tcp_conn_request: sk_acceptq_is_full) and lets unix connects
// wait (net/unix/af_unix.c, unix_stream_connect).
std::optional<Decoys::Decoy> Decoys::make(Manner manner, const SocketKind& kind) {
  Decoy decoy;
  UniqueFd fd =
      open_socket(kind.domain, kind.type, manner == Manner::kResetting ? SOCK_NONBLOCK : 0);
  if (fd.get() < 0 || !bind_anywhere(fd.get(), kind.domain)) return std::nullopt;
  decoy.address = own_address(fd.get());
  const bool datagrams = kind.type == SOCK_DGRAM;
  bool good = true;
  if (manner == Manner::kRefusing) {
    if (datagrams && !kind.is_unix()) good = close_to_others(fd.get());
  } else if (manner == Manner::kResetting) {
    good = !datagrams && listen(fd.get(), kManyWaiting) == 0;
  } else if (!datagrams || kind.is_unix()) {
    UniqueFd filler = open_socket(kind.domain, kind.type);
    good = (datagrams || listen(fd.get(), 0) == 0) && connect_to(filler.get(), decoy.address);
    if (datagrams) fill_datagrams(filler.get());
    decoy.held.push_back(std::move(filler));
  }
  if (!good) return std::nullopt;
  decoy.held.insert(decoy.held.begin(), std::move(fd));
  return decoy;
}

std::optional<RawAddress> Decoys::find(Manner manner, const SocketKind& kind) {
  const Key key{manner, kind.domain, kind.type};
  auto found = decoys_.find(key);
  if (found == decoys_.end()) found = decoys_.emplace(key, make(manner, kind)).first;
  if (!found->second) return std::nullopt;
  return found->second->address;
}

// SO_LINGER of 0 makes close() send a RST (socket(7)).
void Decoys::reset_accepted() {
  for (const auto& [key, decoy] : decoys_) {
    if (std::get<0>(key) != Manner::kResetting || !decoy) continue;
    int fd;
    while ((fd = accept4(decoy->held.front().get(), nullptr, nullptr, SOCK_CLOEXEC)) >= 0) {
      const linger at_once{1, 0};
      setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
      close(fd);
    }
  }
}

}  // namespace ttrace
