// The command line of `ttrace run` (and `attach`), parsed and checked. Everything the rest of the
// program knows of the user's wishes is in RunOptions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyzers/finding.h"
#include "tracer/base/types.h"
#include "tracer/cli/baseline.h"
#include "tracer/cli/connect_rule.h"
#include "tracer/cli/crash_rule.h"

namespace ttrace {

/// A point on the wall clock: seconds since the epoch, and 0 <= ns < 10^9.
struct WallTime {
  std::int64_t s = 0;
  std::int32_t ns = 0;
};

enum class FileTimes { kReal, kShift };
enum class EngineChoice { kAuto, kPtrace, kPreload };

/// How the kernel answers the time calls of i386 programs (--kernel).
enum class KernelPersona {
  kNative,       // as it does
  kNoTime32,     // ENOSYS for the 32-bit ones: CONFIG_COMPAT_32BIT_TIME=n
  kNoTime64,     // ENOSYS for the 64-bit ones: before Linux 5.1
  kEpermTime64,  // EPERM for them: old container filters
};

struct OutputSpec {
  std::string format;               // a name of format_registry()
  std::optional<std::string> path;  // unset: standard error
};

struct RunOptions {
  std::vector<std::string> command;
  std::optional<WallTime> clock;  // absolute: relative forms are resolved at parse time
  double rate = 1.0;
  FileTimes file_times = FileTimes::kShift;  // kReal when there is no clock
  KernelPersona kernel = KernelPersona::kNative;
  std::vector<ConnectRule> connect_rules;  // the first that matches counts
  std::vector<CrashRule> crash_rules;
  bool init = false;                        // as PID 1 of new pid and mount namespaces
  std::optional<std::string> core_pattern;  // instead of the machine's
  Duration slow = std::chrono::seconds(1);  // from where a connect that blocks is a finding
  std::vector<std::string> analyzers;       // names; all by default
  EngineChoice engine = EngineChoice::kAuto;
  std::optional<std::string> user;
  std::optional<std::string> root;
  bool root_writable = false;
  std::optional<Duration> timeout;
  std::size_t stack_depth = 32;     // 0: --no-stacks
  std::vector<OutputSpec> outputs;  // at least one
  std::optional<Known> baseline;    // what is not to be reported again
  std::optional<Level> fail_on;
  int verbosity = 0;          // -1 with -q, 1 with -v
  bool color = false;         // for standard error
  bool color_always = false;  // for files too
};

}  // namespace ttrace
