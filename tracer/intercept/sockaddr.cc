#include "tracer/intercept/sockaddr.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/vm_sockets.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>

namespace ttrace {
namespace {

constexpr std::size_t kPathAt = offsetof(sockaddr_un, sun_path);
// The kernel takes an IPv6 address without its scope id too (net/ipv6: SIN6_LEN_RFC2133).
constexpr std::size_t kShortestV6 = 24;

template <typename T>
std::optional<T> as(const RawAddress& raw, int family, std::size_t least = sizeof(T)) {
  if (raw.family() != family || raw.size < least) return std::nullopt;
  T address{};
  std::memcpy(&address, raw.bytes.data(), std::min(raw.size, sizeof address));
  return address;
}

template <typename T>
RawAddress raw_of(const T& address, std::size_t size = sizeof(T)) {
  RawAddress raw;
  raw.size = size;
  std::memcpy(raw.bytes.data(), &address, size);
  return raw;
}

std::string family_name(int family) {
  switch (family) {
    case AF_INET:
      return "AF_INET";
    case AF_INET6:
      return "AF_INET6";
    case AF_UNIX:
      return "AF_UNIX";
    case AF_VSOCK:
      return "AF_VSOCK";
    case AF_NETLINK:
      return "AF_NETLINK";
    case AF_UNSPEC:
      return "AF_UNSPEC";
    default:
      return fmt::format("AF_{}", family);
  }
}

SocketAddress describe_v6(const sockaddr_in6& in) {
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(AF_INET6, &in.sin6_addr, text, sizeof text);
  std::string address = text;
  if (in.sin6_scope_id != 0) address += fmt::format("%{}", in.sin6_scope_id);
  return {"AF_INET6", address, ntohs(in.sin6_port), ""};
}

}  // namespace

int RawAddress::family() const {
  sa_family_t family = AF_UNSPEC;
  if (size >= sizeof family) std::memcpy(&family, bytes.data(), sizeof family);
  return family;
}

bool InetEndpoint::is_v4() const {
  constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return std::equal(kMapped.begin(), kMapped.end(), address.begin());
}

InetEndpoint v4_endpoint(const in_addr& address, std::uint16_t port) {
  InetEndpoint endpoint;
  endpoint.address[10] = endpoint.address[11] = 0xff;
  std::memcpy(endpoint.address.data() + 12, &address, sizeof address);
  endpoint.port = port;
  return endpoint;
}

std::optional<InetEndpoint> inet_endpoint(const RawAddress& raw) {
  if (const auto in = as<sockaddr_in>(raw, AF_INET)) {
    return v4_endpoint(in->sin_addr, ntohs(in->sin_port));
  }
  const auto in6 = as<sockaddr_in6>(raw, AF_INET6, kShortestV6);
  if (!in6) return std::nullopt;
  InetEndpoint endpoint;
  std::memcpy(endpoint.address.data(), &in6->sin6_addr, sizeof in6->sin6_addr);
  endpoint.port = ntohs(in6->sin6_port);
  return endpoint;
}

// A path ends at its first zero byte; an abstract name has the length that was given (unix(7)).
std::optional<std::string> unix_name(const RawAddress& raw) {
  if (raw.family() != AF_UNIX) return std::nullopt;
  const std::size_t end = std::min(raw.size, sizeof(sockaddr_un));
  std::string name(raw.bytes.begin() + kPathAt,
                   raw.bytes.begin() + static_cast<std::ptrdiff_t>(std::max(end, kPathAt)));
  if (!name.empty() && name[0] == '\0') return "@" + name.substr(1);
  return name.substr(0, name.find('\0'));
}

SocketAddress describe(const RawAddress& raw) {
  if (const auto in = as<sockaddr_in>(raw, AF_INET)) {
    char text[INET_ADDRSTRLEN] = "";
    inet_ntop(AF_INET, &in->sin_addr, text, sizeof text);
    return {"AF_INET", text, ntohs(in->sin_port), ""};
  }
  if (const auto in6 = as<sockaddr_in6>(raw, AF_INET6, kShortestV6)) return describe_v6(*in6);
  if (const auto name = unix_name(raw)) return {"AF_UNIX", *name, {}, ""};
  if (const auto vm = as<sockaddr_vm>(raw, AF_VSOCK)) {
    return {"AF_VSOCK", fmt::format("cid {}", vm->svm_cid), vm->svm_port, ""};
  }
  return {family_name(raw.family()), "", {}, ""};
}

std::optional<RawAddress> make_inet(int family, const InetEndpoint& to) {
  if (family == AF_INET6) {
    sockaddr_in6 in6{};
    in6.sin6_family = AF_INET6;
    in6.sin6_port = htons(to.port);
    std::memcpy(&in6.sin6_addr, to.address.data(), to.address.size());
    return raw_of(in6);
  }
  if (family != AF_INET || !to.is_v4()) return std::nullopt;
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_port = htons(to.port);
  std::memcpy(&in.sin_addr, to.address.data() + 12, sizeof in.sin_addr);
  return raw_of(in);
}

std::optional<RawAddress> make_unix(const std::string& name) {
  sockaddr_un un{};
  un.sun_family = AF_UNIX;
  if (name.empty() || name.size() >= sizeof un.sun_path) return std::nullopt;
  std::memcpy(un.sun_path, name.data(), name.size());
  const bool abstract = name[0] == '@';
  if (abstract) un.sun_path[0] = '\0';
  return raw_of(un, kPathAt + name.size() + (abstract ? 0 : 1));
}

}  // namespace ttrace
