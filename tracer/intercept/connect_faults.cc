#include "tracer/intercept/connect_faults.h"

#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

namespace ttrace {

/// One connect that a rule matches.
struct ConnectFaults::Case {
  const ConnectRule& rule;
  const TargetSocket& socket;
  const RawAddress& address;
  SocketKind kind;
  bool nonblocking;
};

namespace {

constexpr std::size_t kMostPeers = 65536;
// From here on the kernel's own count of SYNs (6, and 4 linear ones) would end it earlier.
constexpr Duration kKernelTries = std::chrono::seconds(60);
constexpr int kMostSyns = 127;  // MAX_TCP_SYNCNT

std::chrono::milliseconds in_ms(Duration length) {
  return std::chrono::ceil<std::chrono::milliseconds>(length);
}

bool other_network(Pid tid) {
  struct stat own {
  }, other{};
  const std::string path = fmt::format("/proc/{}/ns/net", raw(tid));
  if (stat("/proc/self/ns/net", &own) != 0 || stat(path.c_str(), &other) != 0) return false;
  return own.st_ino != other.st_ino;
}

SocketKind kind_of(const TargetSocket& socket) {
  return {socket.option(SOL_SOCKET, SO_DOMAIN).value_or(-1),
          socket.option(SOL_SOCKET, SO_TYPE).value_or(-1),
          socket.option(SOL_SOCKET, SO_PROTOCOL).value_or(-1)};
}

/// A TCP socket whose connect is under way or done: the kernel no longer looks at the address.
bool has_begun(const TargetSocket& socket, const SocketKind& kind) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (!kind.is_tcp() || getsockopt(socket.fd(), IPPROTO_TCP, TCP_INFO, &info, &size)) return false;
  return info.tcpi_state != TCP_CLOSE;
}

}  // namespace

ConnectPlan ConnectFaults::plan(Pid process, Pid tid, int fd, const RawAddress& address) {
  ConnectPlan plan;
  const ConnectRule* const rule = first_match(rules_, address);
  if (!rule) return plan;
  const TargetSocket socket(process, tid, fd);
  if (!socket.valid()) return plan;
  const SocketKind kind = kind_of(socket);
  // Not a socket, or not one of this family: the kernel has its own answer to that.
  if (kind.domain != address.family() || has_begun(socket, kind)) return plan;
  const Case c{*rule, socket, address, kind, socket.nonblocking()};
  plan.rule = rule;
  if (other_network(tid)) {
    cannot(c, "the process has a network namespace of its own");
    return {};
  }
  using Kind = ConnectFault::Kind;
  switch (rule->fault.kind) {
    case Kind::kTimeout:
      plan_timeout(c, plan);
      break;
    case Kind::kRefuse:
      // With no one bound to it, a unix name refuses; so does a datagram socket.
      if (kind.is_unix())
        plan.result = -ECONNREFUSED;
      else
        send_to_decoy(c, plan, Decoys::Manner::kRefusing);
      break;
    case Kind::kUnreachable:
      plan.result = kind.is_unix() ? -ENOENT : -EHOSTUNREACH;
      break;
    case Kind::kReset:
      if (kind.is_unix() && !kind.is_unix_stream())
        plan.result = -ECONNREFUSED;
      else
        send_to_decoy(c, plan,
                      kind.is_udp() ? Decoys::Manner::kRefusing : Decoys::Manner::kResetting);
      break;
    case Kind::kDelay:
      plan.sleep = rule->fault.duration;
      break;
    case Kind::kRedirect:
      plan_redirect(c, plan);
      break;
  }
  return plan.rule ? plan : ConnectPlan{};
}

// The kernel has no bound for a unix connect but SO_SNDTIMEO, so one with a duration sleeps instead
// and fails as TCP would.
void ConnectFaults::plan_timeout(const Case& c, ConnectPlan& plan) {
  const Duration length = c.rule.fault.duration;
  if (c.kind.is_unix_stream() && c.nonblocking) {
    plan.result = -EAGAIN;
    return;
  }
  if (c.kind.is_unix_stream() && length > Duration{0}) {
    const Duration own = c.socket.limits().send_timeout;
    const bool own_first = own > Duration{0} && own < length;
    plan.sleep = own_first ? own : length;
    plan.result = own_first ? -EAGAIN : -ETIMEDOUT;
    return;
  }
  send_to_decoy(c, plan, Decoys::Manner::kSilent);
  if (!plan.rule || !c.kind.is_tcp() || length == Duration{0}) return;
  const int own = c.socket.option(IPPROTO_TCP, TCP_USER_TIMEOUT).value_or(0);
  const int wanted = static_cast<int>(in_ms(length).count());
  if (own > 0 && own <= wanted) return;
  if (length > kKernelTries) (void)c.socket.set_option(IPPROTO_TCP, TCP_SYNCNT, kMostSyns);
  if (c.socket.set_option(IPPROTO_TCP, TCP_USER_TIMEOUT, wanted)) plan.former_user_timeout = own;
}

void ConnectFaults::plan_redirect(const Case& c, ConnectPlan& plan) {
  const ConnectFault& fault = c.rule.fault;
  if (c.kind.is_unix() != !fault.to_unix.empty()) {
    plan.rule = nullptr;
    return cannot(c, "an Internet socket cannot go to a path, nor a unix socket to a port");
  }
  plan.instead = c.kind.is_unix() ? make_unix(fault.to_unix) : make_inet(c.kind.domain, fault.to);
  if (!plan.instead) {
    plan.rule = nullptr;
    return cannot(c, "an IPv4 socket cannot go to an IPv6 address");
  }
  remember_peer(c);
}

// An IPv6 socket that asks for a v4-mapped address is met by an IPv4 decoy, and so is any where
// this machine has no ::1.
void ConnectFaults::send_to_decoy(const Case& c, ConnectPlan& plan, Decoys::Manner manner) {
  SocketKind kind = c.kind;
  const auto asked = inet_endpoint(c.address);
  if (asked && asked->is_v4()) kind.domain = AF_INET;
  auto decoy = decoys_.find(manner, kind);
  if (!decoy && kind.domain == AF_INET6) {
    kind.domain = AF_INET;
    decoy = decoys_.find(manner, kind);
  }
  const auto place = decoy ? inet_endpoint(*decoy) : std::nullopt;
  if (place) decoy = make_inet(c.kind.domain, *place);
  if (!decoy) {
    plan.rule = nullptr;
    return cannot(c, "it can be applied to TCP, UDP and unix sockets alone");
  }
  plan.instead = decoy;
  if (!c.kind.is_tcp() || manner == Decoys::Manner::kResetting) remember_peer(c);
}

void ConnectFaults::remember_peer(const Case& c) {
  const std::uint64_t cookie = c.socket.cookie();
  if (cookie == 0) return;
  if (!peers_.insert_or_assign(cookie, c.address).second) return;
  peer_order_.push_back(cookie);
  if (peer_order_.size() <= kMostPeers) return;
  peers_.erase(peer_order_.front());
  peer_order_.pop_front();
}

std::optional<RawAddress> ConnectFaults::peer(std::uint64_t cookie) const {
  const auto found = peers_.find(cookie);
  if (found == peers_.end()) return std::nullopt;
  return found->second;
}

void ConnectFaults::undo(const ConnectPlan& plan, const TargetSocket& socket) {
  if (!plan.former_user_timeout || !socket.valid()) return;
  (void)socket.set_option(IPPROTO_TCP, TCP_USER_TIMEOUT, *plan.former_user_timeout);
}

void ConnectFaults::cannot(const Case& c, const std::string& why) {
  note_(fmt::format("--connect {} was not applied: {}", c.rule.text, why));
}

}  // namespace ttrace
