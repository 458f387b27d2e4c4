// Socket addresses as a target hands them to the kernel: bytes of any length and content, read with
// the kernel's own rules (net/socket.c, move_addr_to_kernel) and turned into text or into what
// rules are matched against.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "analyzers/event.h"

namespace ttrace {

/// At most sizeof(sockaddr_storage) bytes, of which `size` count.
struct RawAddress {
  std::array<unsigned char, sizeof(sockaddr_storage)> bytes{};
  std::size_t size = 0;

  /// AF_UNSPEC when there is no family.
  int family() const;
};

/// An Internet address and port; an IPv4 address is held as ::ffff:a.b.c.d, so that a v4-mapped one
/// is the same.
struct InetEndpoint {
  std::array<std::uint8_t, 16> address{};
  std::uint16_t port = 0;

  bool is_v4() const;
  friend bool operator==(const InetEndpoint&, const InetEndpoint&) = default;
};

InetEndpoint v4_endpoint(const in_addr& address, std::uint16_t port);

/// nullopt: another family, or cut short.
std::optional<InetEndpoint> inet_endpoint(const RawAddress& raw);
/// "/path", "@abstract" (further zero bytes as they are); nullopt: not AF_UNIX. Empty: unnamed.
std::optional<std::string> unix_name(const RawAddress& raw);

SocketAddress describe(const RawAddress& raw);

/// `to` as an address of `family` (AF_INET or AF_INET6); nullopt: an IPv6 address has no AF_INET
/// form.
std::optional<RawAddress> make_inet(int family, const InetEndpoint& to);
/// "/path" or "@abstract"; nullopt: too long for sun_path.
std::optional<RawAddress> make_unix(const std::string& name);

}  // namespace ttrace
