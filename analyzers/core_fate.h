// What becomes of a core, and why: the rules of core(5) on what was read before and after a death.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "analyzers/event.h"

namespace ttrace {

/// What the run knows beside the conditions at the death.
struct CoreEvidence {
  bool dumped = false;         // as the wait status says: begun, if not ended
  bool killed = false;         // by SIGKILL, after the signal that would have dumped
  std::uint64_t size = 0;      // of the file that was found
  std::uint64_t wanted = 0;    // how long its own headers say it is; 0: no file was made
  bool dumpable = true;        // as far as the process itself and its program decide
  std::string undumpable_by;   // who made it undumpable
  bool by_privileges = false;  // through set-user-ID or changed ids: suid_dumpable counts
  std::string limited_by;      // who set RLIMIT_CORE; empty: it was so as the run began
  int pid = 0;
  const CorePiped* piped = nullptr;  // of --core-pattern
  /// What systemd-coredump's connect() to its socket returned; nullopt: it made none.
  std::optional<std::int64_t> handed_over;
};

struct CoreFate {
  bool kept = false;
  std::string message;  // one sentence
  std::string hint;     // the remedy, or where to look
  std::string where;
};

CoreFate judge_core(const CoreConditions& conditions, const CoreEvidence& evidence);

/// "2.3 MB".
std::string size_text(std::uint64_t bytes);

}  // namespace ttrace
