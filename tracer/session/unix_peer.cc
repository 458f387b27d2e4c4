#include "tracer/session/unix_peer.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <cstring>

#include "tracer/base/unique_fd.h"

namespace ttrace {
namespace {

constexpr std::uint32_t kNoCookie = ~std::uint32_t{0};  // INET_DIAG_NOCOOKIE

struct Request {
  nlmsghdr header;
  unix_diag_req body;
};

bool ask(int netlink, ino_t inode) {
  Request request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST;
  request.body.sdiag_family = AF_UNIX;
  request.body.udiag_ino = static_cast<std::uint32_t>(inode);
  request.body.udiag_cookie[0] = request.body.udiag_cookie[1] = kNoCookie;
  request.body.udiag_states = ~std::uint32_t{0};
  request.body.udiag_show = UDIAG_SHOW_PEER;
  return send(netlink, &request, sizeof request, 0) == sizeof request;
}

/// UNIX_DIAG_PEER among the attributes of an answer of `size` bytes.
std::optional<ino_t> peer_in(const char* answer, std::size_t size) {
  nlmsghdr header{};
  if (size < NLMSG_LENGTH(sizeof(unix_diag_msg))) return std::nullopt;
  std::memcpy(&header, answer, sizeof header);
  if (header.nlmsg_type != SOCK_DIAG_BY_FAMILY || header.nlmsg_len > size) return std::nullopt;
  std::size_t at = NLMSG_ALIGN(NLMSG_LENGTH(sizeof(unix_diag_msg)));
  while (at + sizeof(rtattr) <= header.nlmsg_len) {
    rtattr attribute{};
    std::memcpy(&attribute, answer + at, sizeof attribute);
    if (attribute.rta_len < sizeof attribute) break;
    std::uint32_t inode = 0;
    const bool whole = at + RTA_LENGTH(sizeof inode) <= header.nlmsg_len;
    if (attribute.rta_type == UNIX_DIAG_PEER && whole) {
      std::memcpy(&inode, answer + at + RTA_LENGTH(0), sizeof inode);
      return inode;
    }
    at += RTA_ALIGN(attribute.rta_len);
  }
  return std::nullopt;
}

}  // namespace

std::optional<ino_t> unix_peer(ino_t inode) {
  const UniqueFd netlink(
      socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG));
  if (!netlink || !ask(netlink.get(), inode)) return std::nullopt;
  std::array<char, 4096> answer;
  // The kernel answers within the call of send().
  const ssize_t size = recv(netlink.get(), answer.data(), answer.size(), 0);
  return size > 0 ? peer_in(answer.data(), static_cast<std::size_t>(size)) : std::nullopt;
}

}  // namespace ttrace
