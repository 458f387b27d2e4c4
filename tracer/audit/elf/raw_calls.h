// System calls by number in a program's own code: what no import tells of.
#pragma once

#include <cstdint>
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

/// The row of an i386 system call; null: it carries no 32-bit time.
const RawCall* find_raw_call_i386(std::uint32_t number);

/// Where i386 code may enter the kernel soon after such a number: offsets of `int $0x80` and the
/// like, to be looked at more closely where code is large and much in it may look like that.
std::vector<std::size_t> raw_call_places_i386(std::string_view code);

}  // namespace ttrace::audit
