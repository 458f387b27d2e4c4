// Where names of hosts come from: answers of name servers and hosts(5), as bytes that anybody may
// have written.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tracer/intercept/sockaddr.h"

namespace ttrace {

struct NamedAddress {
  InetEndpoint address;  // its port is 0
  std::string name;
};

/// The addresses in a DNS answer (RFC 1035), each with the name that was asked for, whatever
/// aliases lay between. Empty for anything else.
std::vector<NamedAddress> parse_dns_answer(const unsigned char* data, std::size_t size);

/// The addresses in a hosts(5) file, each with its first name.
std::vector<NamedAddress> parse_hosts(std::string_view text);

}  // namespace ttrace
