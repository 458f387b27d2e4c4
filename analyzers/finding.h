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

/// A line of a crash's story.
struct StoryStep {
  std::chrono::nanoseconds at{0};
  int pid = 0;
  std::string kind;  // "signal", "handler", "fork", …
  std::string text;
  std::optional<SyscallText> syscall;
};

/// What became of the core.
struct CoreFacts {
  bool kept = false;
  std::string pattern;
  std::string where;             // a path, or the program it was piped to; empty: nowhere
  std::uint64_t size = 0;        // 0: not known
  std::uint64_t limit = 0;       // RLIMIT_CORE
  std::string filter;            // coredump_filter
  std::optional<int> exit_code;  // of the program it was piped to
};

/// What a crash.* finding is about.
struct CrashFacts {
  std::string signal;  // "SIGSEGV"
  std::string code;
  std::optional<std::uint64_t> address;
  std::string mapped;
  std::string sender;
  bool injected = false;
  std::string outcome;  // "default action", "handler returned", …
  std::string handler;  // its function; empty: none
  std::vector<std::string> handler_flags;
  std::vector<std::pair<std::string, std::uint64_t>> registers;
  std::vector<ThreadStack> threads;  // all but the one that crashed
  std::vector<StoryStep> steps;
  std::optional<CoreFacts> core;
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
  std::optional<CrashFacts> crash;
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
