#include "tracer/explore/destinations.h"

#include <fmt/format.h>

#include <algorithm>

#include "analyzers/connect_wording.h"
#include "tracer/intercept/connect_attempt.h"

namespace ttrace {
namespace {

/// `name` as a glob that matches nothing else (fnmatch(3)).
std::string literal(const std::string& name) {
  std::string glob;
  for (const char c : name) {
    if (std::string_view("*?[\\").find(c) != std::string_view::npos) glob += '\\';
    glob += c;
  }
  return glob;
}

}  // namespace

// Port 0 is how getaddrinfo(3) asks the kernel for routes: nothing is ever sent there.
std::optional<std::string> rule_address(const SocketAddress& to) {
  if (to.family == "AF_INET" && to.port.value_or(0) != 0) {
    return fmt::format("{}:{}", to.address, *to.port);
  }
  if (to.family == "AF_INET6" && to.port.value_or(0) != 0) {
    return fmt::format("[{}]:{}", to.address.substr(0, to.address.find('%')), *to.port);
  }
  const bool named = to.address.starts_with('/') || to.address.starts_with('@');
  const bool whole = to.address.find('\0') == std::string::npos;
  if (to.family == "AF_UNIX" && named && whole) return literal(to.address);
  return std::nullopt;
}

void Destinations::leave_out(const SocketAddress& to) {
  const bool asks_for_routes = (to.family == "AF_INET" || to.family == "AF_INET6") && to.port == 0U;
  if (asks_for_routes) return;
  const std::string text = endpoint_text(to);
  if (std::find(left_out_.begin(), left_out_.end(), text) == left_out_.end()) {
    left_out_.push_back(text);
  }
}

void Destinations::on_event(const Event& event) {
  const auto* const connect = std::get_if<Connect>(&event.what);
  if (!connect) return;
  const auto who = rule_address(connect->to);
  if (!who) return leave_out(connect->to);
  ConnectRule rule = parse_connect_rule(*who + "=refuse");
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    if (!rules_[i].covers(rule)) continue;
    ++all_[i].times;
    return;
  }
  rules_.push_back(std::move(rule));
  all_.push_back({connect->to, *who, event.process, 1, connect->error});
  all_.back().to.service = service_name(connect->to);
}

}  // namespace ttrace
