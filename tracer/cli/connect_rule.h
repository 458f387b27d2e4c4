// --connect ADDR[:PORT]=FAULT: which connects are to meet which fault.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tracer/base/types.h"
#include "tracer/intercept/sockaddr.h"

namespace ttrace {

struct ConnectFault {
  enum class Kind { kTimeout, kRefuse, kUnreachable, kReset, kDelay, kRedirect };
  Kind kind = Kind::kTimeout;
  Duration duration{0};  // of timeout and delay; 0 for timeout: as long as the kernel tries
  InetEndpoint to;       // of redirect …
  std::string to_unix;   // … or a unix socket, if not empty
};

struct ConnectRule {
  enum class Who { kAny, kInet, kUnix };
  std::string text;  // as the user wrote it
  Who who = Who::kAny;
  InetEndpoint net;                   // kInet; its port is not used
  unsigned prefix = 128;              // bits of `net` that count
  std::optional<std::uint16_t> port;  // unset: any; if set, only Internet addresses match
  std::string glob;                   // kUnix: as fnmatch(3) without flags
  ConnectFault fault;

  /// True for a connect to this address.
  bool matches(const RawAddress& address) const;
  /// True if whatever `other` matches, this one does too.
  bool covers(const ConnectRule& other) const;
};

/// UserError for anything that is not a rule.
ConnectRule parse_connect_rule(const std::string& text);

/// True if `text` begins as a FAULT does: no ADDR can.
bool is_connect_fault(const std::string& text);
/// A FAULT alone. UserError for anything that is none.
ConnectFault parse_connect_fault(const std::string& text);

/// The first rule for `address`, or null.
const ConnectRule* first_match(const std::vector<ConnectRule>& rules, const RawAddress& address);

/// A sentence for each rule that can never apply because an earlier one takes all it matches.
std::vector<std::string> shadowed_rules(const std::vector<ConnectRule>& rules);

}  // namespace ttrace
