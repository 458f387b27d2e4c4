// --crash: SIGNAL[:NAME]@WHEN, parsed.
#pragma once

#include <cstdint>
#include <string>

#include "tracer/base/types.h"

namespace ttrace {

struct CrashRule {
  enum class When { kTime, kSyscall, kFunction };
  std::string text;  // as it was given
  int signal = 0;
  std::string thread;  // only a thread of this name (comm); empty: any, the main one for kTime
  When when = When::kTime;
  Duration after{0};      // kTime: since the command began
  std::string name;       // of the system call or function
  std::uint64_t nth = 1;  // the how manieth call of it
};

/// Throws UserError with a hint for what is no rule: a signal, time, or system call that is not
/// known. (Whether a function exists only the run can tell.)
CrashRule parse_crash_rule(const std::string& text);

}  // namespace ttrace
