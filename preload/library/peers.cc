#include "preload/library/peers.h"

#include <sys/socket.h>

#include "preload/library/system.h"

namespace ttrace::preload {
namespace {

/// The last ones, by what names a socket for as long as the machine is up.
constexpr u32 kMostPeers = 128;
struct Peer {
  alignas(8) u64 cookie;  // read and written as one, on i386 too
  Address asked;
};
Peer peers[kMostPeers];
u32 next_peer = 0;

u64 cookie_of(int fd) {
  u64 cookie = 0;
  socklen_t size = sizeof cookie;
  const long result = system_call(SYS_getsockopt, fd, SOL_SOCKET, SO_COOKIE, address_of(&cookie),
                                  address_of(&size));
  return result == 0 ? cookie : 0;
}

}  // namespace

void remember_peer(int fd, const Address& asked) {
  Peer& peer = peers[__atomic_fetch_add(&next_peer, 1, __ATOMIC_RELAXED) % kMostPeers];
  peer.asked = asked;
  __atomic_store_n(&peer.cookie, cookie_of(fd), __ATOMIC_RELEASE);
}

const Address* peer_of(int fd) {
  if (__atomic_load_n(&next_peer, __ATOMIC_RELAXED) == 0) return nullptr;
  const u64 cookie = cookie_of(fd);
  for (const Peer& peer : peers) {
    if (cookie && __atomic_load_n(&peer.cookie, __ATOMIC_ACQUIRE) == cookie) return &peer.asked;
  }
  return nullptr;
}

}  // namespace ttrace::preload
