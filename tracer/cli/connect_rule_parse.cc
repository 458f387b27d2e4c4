// From the text of a --connect to a rule: every part is checked, and each refusal names the rule
// and says what would do.
#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <climits>
#include <cstring>

#include "tracer/base/result.h"
#include "tracer/cli/connect_rule.h"
#include "tracer/clock/duration.h"

namespace ttrace {
namespace {

constexpr const char* kForm =
    "it is ADDR[:PORT]=FAULT, as 127.0.0.1:9050=timeout:5s, [::1]=refuse, /run/x.sock=delay:2s or "
    "*:443=reset";
constexpr const char* kFaults =
    "faults are timeout[:DURATION], refuse, unreachable, reset, delay:DURATION, redirect:ADDR:PORT";
constexpr unsigned kV4Bits = 32;
constexpr unsigned kV6Bits = 128;

[[noreturn]] void reject(const std::string& rule, const std::string& why, const char* hint) {
  throw UserError(fmt::format("--connect cannot be '{}': {}", rule, why), hint);
}

std::optional<unsigned> number(std::string_view text, unsigned least, unsigned most) {
  unsigned value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc{} || stop != end) return std::nullopt;
  if (value < least || value > most) return std::nullopt;
  return value;
}

std::uint16_t parse_port(const std::string& rule, std::string_view text) {
  const auto port = number(text, 1, 65535);
  if (!port) reject(rule, fmt::format("'{}' is no port", text), "a port is a number up to 65535");
  return static_cast<std::uint16_t>(*port);
}

std::optional<InetEndpoint> parse_address(const std::string& text, bool v6) {
  in_addr in{};
  if (!v6) {
    if (inet_pton(AF_INET, text.c_str(), &in) != 1) return std::nullopt;
    return v4_endpoint(in, 0);
  }
  InetEndpoint endpoint;
  if (inet_pton(AF_INET6, text.c_str(), endpoint.address.data()) != 1) return std::nullopt;
  return endpoint;
}

/// "ADDR", "[ADDR]", "ADDR/PREFIX" …, and what stands behind it: "" or ":PORT".
struct Host {
  std::string address;
  bool v6 = false;
  std::optional<std::string> prefix;
  std::string rest;
};

Host split_host(const std::string& rule, const std::string& text) {
  Host host;
  std::size_t end = std::min(text.find_first_of(":/"), text.size());
  host.address = text.substr(0, end);
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string::npos) reject(rule, "a ] is missing", kForm);
    host.v6 = true;
    host.address = text.substr(1, close - 1);
    end = close + 1;
    const std::size_t slash = host.address.find('/');
    if (slash != std::string::npos) {
      host.prefix = host.address.substr(slash + 1);
      host.address.resize(slash);
    }
  }
  if (end < text.size() && text[end] == '/' && !host.prefix) {
    const std::size_t colon = std::min(text.find(':', end), text.size());
    host.prefix = text.substr(end + 1, colon - end - 1);
    end = colon;
  }
  host.rest = text.substr(end);
  return host;
}

std::uint16_t port_behind(const std::string& rule, const std::string& rest) {
  if (rest[0] != ':') reject(rule, fmt::format("'{}' stands behind the address", rest), kForm);
  return parse_port(rule, rest.substr(1));
}

[[noreturn]] void reject_address(const std::string& rule, const std::string& address) {
  in6_addr bare{};
  const std::string text = address.substr(0, address.find('/'));
  if (inet_pton(AF_INET6, text.c_str(), &bare) == 1) {
    reject(rule, "an IPv6 address stands in brackets", "as in [::1]:80=refuse");
  }
  reject(rule, fmt::format("'{}' is no address", address),
         "it is an IPv4 address, an [IPv6] one, either with /PREFIX, a unix socket's /path or "
         "@name, or *; host names are not looked up");
}

void set_who(ConnectRule& rule, const std::string& who) {
  if (who.starts_with('/') || who.starts_with('@')) {
    rule.who = ConnectRule::Who::kUnix;
    rule.glob = who;
    return;
  }
  const Host host = split_host(rule.text, who);
  if (!host.rest.empty() && host.rest != ":*") {
    if (!host.v6 && std::count(who.begin(), who.end(), ':') > 1) reject_address(rule.text, who);
    rule.port = port_behind(rule.text, host.rest);
  }
  if (host.address == "*" && !host.prefix && !host.v6) return;
  const auto address = parse_address(host.address, host.v6);
  if (!address) reject_address(rule.text, who);
  rule.who = ConnectRule::Who::kInet;
  rule.net = *address;
  if (!host.prefix) return;
  const unsigned most = host.v6 ? kV6Bits : kV4Bits;
  const auto bits = number(*host.prefix, 0, most);
  if (!bits) {
    reject(rule.text, fmt::format("'/{}' is no prefix", *host.prefix),
           host.v6 ? "it is a number of bits, up to 128" : "it is a number of bits, up to 32");
  }
  rule.prefix = *bits + kV6Bits - most;
}

// TCP_USER_TIMEOUT and poll(2) count milliseconds in an int.
Duration parse_length(const std::string& rule, const std::string& text) {
  Duration length{0};
  try {
    length = parse_duration(text);
  } catch (const UserError& error) {
    reject(rule, error.what(), error.hint().c_str());
  }
  if (length > std::chrono::milliseconds(INT_MAX)) {
    reject(rule, fmt::format("{} is too long", text), "at most 24 days");
  }
  return length;
}

void set_redirect(ConnectRule& rule, const std::string& to) {
  if (to.starts_with('/') || to.starts_with('@')) {
    if (!make_unix(to)) reject(rule.text, "the path to redirect to is too long", "");
    rule.fault.to_unix = to;
    return;
  }
  const Host host = split_host(rule.text, to);
  const auto address = parse_address(host.address, host.v6);
  if (!address || host.prefix || host.rest.empty()) {
    reject(
        rule.text, fmt::format("'{}' is no place to redirect to", to),
        "as in redirect:127.0.0.1:8080, redirect:[::1]:8080, or redirect:/path for unix sockets");
  }
  rule.fault.to = *address;
  rule.fault.to.port = port_behind(rule.text, host.rest);
}

void set_fault(ConnectRule& rule, const std::string& fault) {
  using Kind = ConnectFault::Kind;
  const std::size_t colon = std::min(fault.find(':'), fault.size());
  const std::string name = fault.substr(0, colon);
  const bool has_value = colon < fault.size();
  const std::string value = has_value ? fault.substr(colon + 1) : "";
  const std::pair<const char*, Kind> plain[] = {
      {"refuse", Kind::kRefuse}, {"unreachable", Kind::kUnreachable}, {"reset", Kind::kReset}};
  for (const auto& [word, kind] : plain) {
    if (name != word) continue;
    if (has_value) reject(rule.text, fmt::format("{} takes no value", name), kFaults);
    rule.fault.kind = kind;
    return;
  }
  if (name == "timeout") {
    rule.fault.kind = Kind::kTimeout;
    if (has_value) rule.fault.duration = parse_length(rule.text, value);
    if (has_value && rule.fault.duration < std::chrono::milliseconds(1)) {
      reject(rule.text, "a timeout lasts 1 ms at least",
             "without :DURATION it lasts as the kernel's");
    }
  } else if (name == "delay" && has_value) {
    rule.fault.kind = Kind::kDelay;
    rule.fault.duration = parse_length(rule.text, value);
  } else if (name == "redirect" && has_value) {
    rule.fault.kind = Kind::kRedirect;
    set_redirect(rule, value);
  } else {
    reject(rule.text, fmt::format("'{}' is no fault", fault), kFaults);
  }
}

}  // namespace

bool is_connect_fault(const std::string& text) {
  static constexpr std::array kNames{"timeout", "refuse", "unreachable",
                                     "reset",   "delay",  "redirect"};
  const std::string name = text.substr(0, text.find(':'));
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

ConnectFault parse_connect_fault(const std::string& text) {
  ConnectRule rule;
  rule.text = text;
  set_fault(rule, text);
  return rule.fault;
}

ConnectRule parse_connect_rule(const std::string& text) {
  ConnectRule rule;
  rule.text = text;
  const std::size_t equals = text.rfind('=');
  if (equals == std::string::npos && is_connect_fault(text)) {
    reject(text,
           "there is no ADDR=", "`ttrace explore` takes a fault alone: it tries it everywhere");
  }
  if (equals == std::string::npos) reject(text, "there is no =FAULT", kForm);
  if (equals == 0) reject(text, "there is no address", kForm);
  if (text.find('\0') != std::string::npos) reject(text, "there is a zero byte in it", kForm);
  set_who(rule, text.substr(0, equals));
  set_fault(rule, text.substr(equals + 1));
  return rule;
}

}  // namespace ttrace
