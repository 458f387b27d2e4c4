// The TCP connects under way in a network namespace, as /proc/PID/net/tcp tells them: proc(5).
#pragma once

#include <chrono>
#include <cstdint>
#include <istream>
#include <map>
#include <vector>

#include "analyzers/event.h"
#include "tracer/base/types.h"
#include "tracer/intercept/sockaddr.h"

namespace ttrace {

/// A socket in SYN_SENT.
struct TcpConnect {
  RawAddress to;
  std::uint64_t inode = 0;
  unsigned resent = 0;               // SYNs after the first
  std::chrono::milliseconds due{0};  // until the next
};

/// Those in `table`; `v6`: it is that of tcp6. Lines that make no sense are left out.
std::vector<TcpConnect> parse_tcp_table(std::istream& table, bool v6);

/// Of both tables of the process's network namespace.
std::vector<TcpConnect> tcp_connects(Pid pid);

/// Those that are descriptors of the process, by their numbers.
std::map<int, TcpConnect> tcp_connects_by_descriptor(Pid pid);

/// How long ago the first SYN was sent, by the kernel's own timer for the next: after 1 s, as often
/// as net.ipv4.tcp_syn_linear_timeouts says and once more, then doubling up to 2 minutes
/// (Linux 6.5, net/ipv4/tcp_timer.c, tcp_retransmit_timer()). Some ms too short for each.
std::chrono::milliseconds age_of(const TcpConnect& connect, unsigned linear_timeouts);
std::chrono::milliseconds age_of(const TcpConnect& connect);

}  // namespace ttrace
