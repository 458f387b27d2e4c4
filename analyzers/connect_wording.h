// The words of connect.* and process.hung findings.
#pragma once

#include <string>

#include "analyzers/finding.h"

namespace ttrace {

/// "127.0.0.1:9050", "[::1]:80", "/run/x.sock", "AF_27".
std::string endpoint_text(const SocketAddress& to);

/// The same with what is known of it: "127.0.0.1:80 (http)", "example.org (192.0.2.1), port 80
/// (http)".
std::string place_text(const SocketAddress& to);

/// "5.02 s", "80 ms".
std::string span_text(std::chrono::nanoseconds time);

/// The sentence of a connect.blocked or connect.failed finding.
std::string connect_message(const ConnectFacts& facts, Connect::Fate fate, bool slow);
std::string connect_hint(const ProcessRef& process, const ConnectFacts& facts);

/// The sentence of a process.hung or process.blocked finding.
std::string blocked_message(const ThreadBlocked& blocked);

std::string injected_message(const ConnectFacts& facts);

}  // namespace ttrace
