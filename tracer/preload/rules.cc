#include "tracer/preload/rules.h"

#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "tracer/base/result.h"

namespace ttrace::preload {
namespace {

constexpr std::array<SocketKind, kClassCount> kKinds{{
    {AF_INET, SOCK_STREAM, IPPROTO_TCP},
    {AF_INET6, SOCK_STREAM, IPPROTO_TCP},
    {AF_INET, SOCK_DGRAM, IPPROTO_UDP},
    {AF_INET6, SOCK_DGRAM, IPPROTO_UDP},
    {AF_UNIX, SOCK_STREAM, 0},
    {AF_UNIX, SOCK_DGRAM, 0},
}};

void put(const std::optional<RawAddress>& from, Address& to) {
  if (!from) return;
  to.size = static_cast<u32>(from->size);
  std::memcpy(to.bytes, from->bytes.data(), from->size);
}

/// Where this machine has no ::1, an IPv4 decoy serves as a v4-mapped address.
std::optional<RawAddress> decoy_for(Decoys& decoys, Decoys::Manner manner, SocketKind kind) {
  const int family = kind.domain;
  auto decoy = decoys.find(manner, kind);
  if (!decoy && family == AF_INET6) {
    kind.domain = AF_INET;
    decoy = decoys.find(manner, kind);
  }
  const auto place = decoy ? inet_endpoint(*decoy) : std::nullopt;
  return place ? make_inet(family, *place) : decoy;
}

void set_fault(const ConnectFault& fault, u32 index, Decoys& decoys, Rule& rule) {
  const SocketKind& kind = kKinds[index];
  using Kind = ConnectFault::Kind;
  using Manner = Decoys::Manner;
  const bool resets = fault.kind == Kind::kReset && kind.type == SOCK_STREAM;
  switch (fault.kind) {
    case Kind::kTimeout:
      put(decoy_for(decoys, Manner::kSilent, kind), rule.instead[index]);
      break;
    case Kind::kRefuse:
    case Kind::kReset:
      if (kind.is_unix() && !resets) {
        rule.result[index] = -ECONNREFUSED;
      } else {
        put(decoy_for(decoys, resets ? Manner::kResetting : Manner::kRefusing, kind),
            rule.instead[index]);
      }
      break;
    case Kind::kUnreachable:
      rule.result[index] = kind.is_unix() ? -ENOENT : -EHOSTUNREACH;
      break;
    case Kind::kDelay:
      break;
    case Kind::kRedirect:
      if (kind.is_unix() != !fault.to_unix.empty()) break;
      put(kind.is_unix() ? make_unix(fault.to_unix) : make_inet(kind.domain, fault.to),
          rule.instead[index]);
      break;
  }
  const bool meets_someone = fault.kind == Kind::kRedirect || resets || kind.is_udp();
  rule.remember[index] = meets_someone && rule.instead[index].size > 0;
}

void set_rule(const ConnectRule& from, Decoys& decoys, Rule& rule) {
  rule = {};
  rule.who = static_cast<u32>(from.who);
  std::memcpy(rule.net, from.net.address.data(), sizeof rule.net);
  rule.prefix = std::min(from.prefix, 128u);
  rule.port = from.port ? *from.port : -1;
  rule.silent = from.fault.kind == ConnectFault::Kind::kTimeout;
  rule.bounded = rule.silent && from.fault.duration > Duration{0};
  rule.duration = from.fault.duration.count();
  std::strncpy(rule.glob, from.glob.c_str(), sizeof rule.glob - 1);
  for (u32 i = 0; i < kClassCount; ++i) set_fault(from.fault, i, decoys, rule);
}

static_assert(static_cast<u32>(ConnectRule::Who::kAny) == Rule::kAny &&
              static_cast<u32>(ConnectRule::Who::kInet) == Rule::kInet &&
              static_cast<u32>(ConnectRule::Who::kUnix) == Rule::kUnix);

}  // namespace

void set_rules(const std::vector<ConnectRule>& rules, Decoys& decoys, Head& head) {
  if (rules.size() > kRuleCount) {
    throw UserError(fmt::format("--engine preload takes at most {} rules of --connect", kRuleCount),
                    "leave some out, or use --engine ptrace");
  }
  for (std::size_t i = 0; i < rules.size(); ++i) set_rule(rules[i], decoys, head.rules[i]);
  head.rule_count = static_cast<u32>(rules.size());
}

}  // namespace ttrace::preload
