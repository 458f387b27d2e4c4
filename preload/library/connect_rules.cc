#include "preload/library/connect_rules.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "preload/library/writer.h"

extern "C" [[gnu::weak]] int fnmatch(const char* pattern, const char* text, int flags);

namespace ttrace::preload {
namespace {

constexpr i64 kMillisecond = 1000000;
// From here on the kernel's own count of SYNs would end it earlier.
constexpr i64 kKernelTries = 60000 * kMillisecond;
constexpr int kMostSyns = 127;  // MAX_TCP_SYNCNT

bool set_option(int fd, int level, int name, int value) {
  return system_call(SYS_setsockopt, fd, level, name, address_of(&value), sizeof value) == 0;
}

u16 family_of(const Address& to) {
  u16 family = AF_UNSPEC;
  if (to.size >= sizeof family) __builtin_memcpy(&family, to.bytes, sizeof family);
  return family;
}

/// Which kind of socket it is; kClassCount: one that no fault is made for.
u32 class_of(int fd) {
  const int domain = socket_option(fd, SOL_SOCKET, SO_DOMAIN, -1);
  const int type = socket_option(fd, SOL_SOCKET, SO_TYPE, -1);
  const int protocol = socket_option(fd, SOL_SOCKET, SO_PROTOCOL, -1);
  if (domain == AF_UNIX) return type == SOCK_DGRAM ? kUnixDatagram : kUnixStream;
  if (domain != AF_INET && domain != AF_INET6) return kClassCount;
  const bool wide = domain == AF_INET6;
  constexpr int kMptcp = 262;
  if (type == SOCK_STREAM && (protocol == IPPROTO_TCP || protocol == kMptcp)) {
    return wide ? kTcp6 : kTcp4;
  }
  return type == SOCK_DGRAM && protocol == IPPROTO_UDP ? (wide ? kUdp6 : kUdp4) : kClassCount;
}

/// An Internet address as IPv6 has it, and its port; false: it is none.
bool inet_of(const Address& to, unsigned char* address, u16* port) {
  static constexpr unsigned char kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (family_of(to) == AF_INET && to.size >= sizeof(sockaddr_in)) {
    __builtin_memcpy(address, kMapped, 12);
    __builtin_memcpy(address + 12, to.bytes + offsetof(sockaddr_in, sin_addr), 4);
  } else if (family_of(to) == AF_INET6 && to.size >= 24) {
    __builtin_memcpy(address, to.bytes + offsetof(sockaddr_in6, sin6_addr), 16);
  } else {
    return false;
  }
  *port = static_cast<u16>(to.bytes[2] << 8 | to.bytes[3]);
  return true;
}

bool same_bits(const unsigned char* a, const unsigned char* b, u32 bits) {
  u32 i = 0;
  for (; i < bits / 8; ++i) {
    if (a[i] != b[i]) return false;
  }
  return bits % 8 == 0 || ((a[i] ^ b[i]) >> (8 - bits % 8)) == 0;
}

/// "/path", or "@abstract" as ttrace writes it.
void unix_name(const Address& to, char (&name)[kNameSize]) {
  u32 size = to.size - offsetof(sockaddr_un, sun_path);
  const char* const path = reinterpret_cast<const char*>(to.bytes) + 2;
  const bool abstract = size > 0 && path[0] == '\0';
  for (u32 i = 0; i < size; ++i) {
    if (!abstract && path[i] == '\0') size = i;
    name[i] = abstract && i == 0 ? '@' : path[i];
  }
  name[size] = '\0';
}

bool matches(const Rule& rule, const Address& to) {
  if (family_of(to) == AF_UNIX) {
    char name[kNameSize];
    unix_name(to, name);
    if (rule.who == Rule::kUnix) return &fnmatch && fnmatch(rule.glob, name, 0) == 0;
    return rule.who == Rule::kAny && rule.port < 0 && name[0];
  }
  unsigned char address[16];
  u16 port = 0;
  if (!inet_of(to, address, &port) || rule.who == Rule::kUnix) return false;
  if (rule.port >= 0 && rule.port != port) return false;
  return rule.who == Rule::kAny || same_bits(rule.net, address, rule.prefix);
}

u32 first_match(const Address& to) {
  const Head& run = head();
  for (u32 i = 0; i < run.rule_count && i < kRuleCount; ++i) {
    if (matches(run.rules[i], to)) return i + 1;
  }
  return 0;
}

/// A TCP socket whose connect is under way or done: the kernel no longer looks at the address.
bool has_begun(int fd) {
  tcp_info info{};
  socklen_t size = sizeof info;
  const long result =
      system_call(SYS_getsockopt, fd, IPPROTO_TCP, TCP_INFO, address_of(&info), address_of(&size));
  return result == 0 && info.tcpi_state != TCP_CLOSE;
}

// The kernel has no bound for a unix connect but SO_SNDTIMEO, so one with a duration sleeps instead
// and fails as TCP would.
void bound_unix(const Rule& rule, bool nonblocking, ConnectPlan* plan) {
  plan->instead = nonblocking || rule.bounded ? nullptr : plan->instead;
  if (nonblocking) {
    plan->result = -EAGAIN;
  } else if (rule.bounded) {
    plan->sleep = rule.duration;
    plan->result = -ETIMEDOUT;
  }
}

void bound_tcp(const Rule& rule, int fd, ConnectPlan* plan) {
  const int own = socket_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 0);
  const int wanted = static_cast<int>((rule.duration + kMillisecond - 1) / kMillisecond);
  if (own > 0 && own <= wanted) return;
  if (rule.duration > kKernelTries) set_option(fd, IPPROTO_TCP, TCP_SYNCNT, kMostSyns);
  if (set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, wanted)) plan->former_user_timeout = own;
}

}  // namespace

int socket_option(int fd, int level, int name, int otherwise) {
  int value = 0;
  socklen_t size = sizeof value;
  const long result =
      system_call(SYS_getsockopt, fd, level, name, address_of(&value), address_of(&size));
  return result == 0 && size == sizeof value ? value : otherwise;
}

ConnectPlan plan_connect(int fd, const Address& to, bool nonblocking) {
  ConnectPlan plan;
  const u32 index = first_match(to);
  if (!index) return plan;
  const Rule& rule = head().rules[index - 1];
  const u32 kind = class_of(fd);
  const u16 family =
      kind <= kUdp6 ? (kind == kTcp6 || kind == kUdp6 ? AF_INET6 : AF_INET) : AF_UNIX;
  if (kind == kClassCount || family != family_of(to)) return plan;
  const bool tcp = kind == kTcp4 || kind == kTcp6;
  if (tcp && has_begun(fd)) return plan;
  const bool does_something = rule.result[kind] || rule.instead[kind].size || rule.duration > 0;
  if (!does_something) return plan;
  plan.rule = index;
  plan.result = rule.result[kind];
  plan.remember = rule.remember[kind];
  if (rule.instead[kind].size) plan.instead = &rule.instead[kind];
  const bool times_out = rule.silent;
  if (!times_out) plan.sleep = rule.duration;
  if (times_out && kind == kUnixStream) bound_unix(rule, nonblocking, &plan);
  if (times_out && tcp && rule.bounded) bound_tcp(rule, fd, &plan);
  return plan;
}

void undo(const ConnectPlan& plan, int fd) {
  if (plan.former_user_timeout >= 0) {
    set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, plan.former_user_timeout);
  }
}

}  // namespace ttrace::preload
