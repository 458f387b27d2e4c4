#include "tracer/intercept/connect_attempt.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>

namespace ttrace {
namespace {

std::string endpoint_text(const SocketAddress& to) {
  if (to.address.empty() && !to.port) return to.family;
  if (!to.port) return fmt::format("{}, \"{}\"", to.family, to.address);
  const bool v6 = to.family == "AF_INET6";
  return fmt::format("{}, {}{}{}:{}", to.family, v6 ? "[" : "", to.address, v6 ? "]" : "",
                     *to.port);
}

}  // namespace

// services(5) of this machine: what people call the port, not what answers there.
std::string service_name(const SocketAddress& to) {
  if (!to.port || *to.port > 65535 || to.family == "AF_VSOCK") return "";
  const servent* const entry = getservbyport(htons(static_cast<std::uint16_t>(*to.port)), nullptr);
  return entry != nullptr ? entry->s_name : "";
}

// ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND and ERESTART_RESTARTBLOCK (linux/errno.h).
bool is_interrupted(std::int64_t result) {
  return result == -512 || result == -513 || result == -514 || result == -516;
}

SyscallText connect_text(const ConnectAttempt& attempt, std::optional<std::int64_t> result) {
  return {"connect",
          {std::to_string(attempt.fd), "{" + endpoint_text(describe(attempt.address)) + "}",
           std::to_string(static_cast<std::int32_t>(attempt.length))},
          result};
}

void describe_socket(Connect& what, const TargetSocket& socket, const ConnectPlan& plan) {
  what.to.service = service_name(what.to);
  if (plan.rule) what.fault = plan.rule->text;
  if (!socket.valid()) return;
  what.blocking = !socket.nonblocking();
  what.limits = socket.limits();
  if (plan.former_user_timeout) {
    what.limits->user_timeout = std::chrono::milliseconds(*plan.former_user_timeout);
  }
  using Kind = ConnectFault::Kind;
  const bool stands_for_hang = plan.rule && (plan.rule->fault.kind == Kind::kTimeout ||
                                             plan.rule->fault.kind == Kind::kDelay);
  const bool unbounded =
      what.limits->send_timeout.count() == 0 && what.limits->user_timeout.count() == 0;
  what.would_hang = stands_for_hang && unbounded && what.blocking &&
                    socket.option(SOL_SOCKET, SO_TYPE) != SOCK_DGRAM;
}

}  // namespace ttrace
