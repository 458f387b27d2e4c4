// What an analyzer says was wrong: the unit of every report. Field names follow the report schema.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyzers/event.h"

namespace ttrace {

enum class Level { kNote, kWarning, kError };

/// What a connect.* finding is about.
struct ConnectFacts {
  SocketAddress to;
  bool blocking = true;
  std::chrono::nanoseconds longest{0};
  std::chrono::nanoseconds total{0};  // over all attempts at this address
  std::uint64_t attempts = 1;
  bool ended = true;
  std::optional<std::string> error;  // "ETIMEDOUT"; unset: connected, or not known
  std::string settled_by;
  std::optional<SocketLimits> limits;
  std::string fault;         // the rule of --connect; empty: none
  std::uint64_t series = 1;  // addresses tried one after the other, this one among them
  std::chrono::nanoseconds series_total{0};
};

struct Finding {
  std::string id;  // "time.eoverflow"; fixed names, see README
  Level level = Level::kNote;
  std::string message;
  std::uint64_t count = 1;
  std::chrono::nanoseconds first_at{0};  // since the run began
  ProcessRef process;
  std::optional<SyscallText> syscall;
  std::optional<ApiResult> api;
  std::optional<std::string> value;  // an ISO 8601 UTC time, or another value that matters
  Stack stack;
  std::string hint;
  std::optional<ConnectFacts> connect;
  std::vector<std::string> said;  // what the target itself printed about it
};

/// The findings of a run, in the order they were made. References stay valid while it lives.
class FindingList {
 public:
  std::size_t add(Finding finding) {
    findings_.push_back(std::move(finding));
    return findings_.size() - 1;
  }
  Finding& at(std::size_t index) { return findings_.at(index); }
  const std::vector<Finding>& all() const { return findings_; }

 private:
  std::vector<Finding> findings_;
};

}  // namespace ttrace
