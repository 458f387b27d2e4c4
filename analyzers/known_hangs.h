// What is known of connects that hang: analyzers/knowledge/hangs.json, one entry each. An entry
// matches when each of its conditions does (exe: base name; ports; paths: globs of unix sockets),
// ports or paths where it has both; the first entry that matches counts. Failures that are
// `expected` are no findings.
#pragma once

#include <string>

#include "analyzers/event.h"

namespace ttrace {

/// The file's text.
extern const char* const kHangsJson;

/// True: it is normal that a connect to `to` fails with `error` ("ENOENT"), as where a program asks
/// for a service that few machines have.
bool is_expected_failure(const ProcessRef& process, const SocketAddress& to,
                         const std::string& error);

/// What to do about a connect of `process` to `to` that hangs or fails; empty: nothing is known.
std::string known_hang(const ProcessRef& process, const SocketAddress& to);

}  // namespace ttrace
