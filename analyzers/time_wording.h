// The words of time.* and file.* findings: what happened, and what to do about it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analyzers/event.h"
#include "analyzers/libc_time32.h"

namespace ttrace {

/// How a value that does not fit 32 bits reached the program.
enum class Outcome {
  kFailed,   // not at all: the call failed with EOVERFLOW
  kWrapped,  // cut off
};

/// The C library that `event` went through, as far as the name of its file tells.
enum class LibcKind { kGlibc, kMusl, kStatic, kGo, kUnknown };
LibcKind libc_kind(const OversizeValue& event, const ProcessRef& process);

/// One sentence. `fields` are those of the event's fields that the call cannot carry.
std::string time_message(const OversizeValue& event, const Time32Row* row, Outcome outcome,
                         const std::vector<std::string>& fields);

/// What to change, and where.
std::string time_hint(const OversizeValue& event, const ProcessRef& process, Outcome outcome);

}  // namespace ttrace
