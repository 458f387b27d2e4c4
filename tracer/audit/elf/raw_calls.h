// System calls by number in a program's own code: what no import tells of.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tracer/audit/elf/machine.h"

namespace ttrace::audit {

struct RawCall {
  std::string_view name;  // "clock_gettime"
  unsigned number = 0;
  bool yields_time = false;  // a time comes out of it, cut to 32 bits; else one goes in
};

/// The system calls with a 32-bit time that `code` makes, each once. i386 and ARM only: for others
/// nothing is found.
std::vector<RawCall> find_raw_calls(const Machine& machine, std::string_view code);

}  // namespace ttrace::audit
