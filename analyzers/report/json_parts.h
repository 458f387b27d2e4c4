// The parts that our JSON documents have in common. Strings of the target may hold anything: they
// are put in as they are, and to_text() makes them safe.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "analyzers/finding.h"
#include "analyzers/run_info.h"

namespace ttrace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kWholeStack = static_cast<std::size_t>(-1);

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}
Json text_or_null(const std::string& text);
Json hex_json(std::uint64_t value);
Json hex_or_null(const std::optional<std::uint64_t>& value);
double seconds(std::chrono::nanoseconds time);

Json process_json(const ProcessRef& process);
Json syscall_json(const std::optional<SyscallText>& syscall);
Json api_json(const ApiResult& api);
Json address_json(const SocketAddress& to);
Json limits_json(const std::optional<SocketLimits>& limits);
/// The innermost `depth` frames.
Json stack_json(const Stack& frames, std::size_t depth = kWholeStack);
Json threads_json(const std::vector<ThreadStack>& threads, std::size_t depth = kWholeStack);
Json registers_json(const std::vector<std::pair<std::string, std::uint64_t>>& registers);

Json finding_json(const Finding& finding);
Json run_json(const RunInfo& run);

/// The document as text: printable ASCII, everything else escaped, and what is not UTF-8 as U+FFFD,
/// so that it is as safe to print as it is to parse. `indent` < 0: on one line.
std::string to_text(const Json& json, int indent = -1);

}  // namespace ttrace
