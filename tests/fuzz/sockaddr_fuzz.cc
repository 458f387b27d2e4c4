// Socket addresses as a target may hand them to the kernel: any bytes, cut anywhere.
#include <algorithm>

#include "tracer/explore/destinations.h"
#include "tracer/intercept/sockaddr.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  ttrace::RawAddress raw;
  raw.size = std::min(size, raw.bytes.size());
  std::copy_n(data, raw.size, raw.bytes.begin());
  const ttrace::SocketAddress to = ttrace::describe(raw);
  (void)ttrace::unix_name(raw);
  const auto endpoint = ttrace::inet_endpoint(raw);
  if (endpoint && !ttrace::make_inet(AF_INET6, *endpoint)) __builtin_trap();
  // A rule made of an address can be parsed, and matches that address.
  const auto who = ttrace::rule_address(to);
  if (who && !ttrace::parse_connect_rule(*who + "=refuse").matches(raw)) __builtin_trap();
  return 0;
}
