// What an ELF header says of the machine: the name that a distribution gives the architecture, and
// what is known of the times there.
#pragma once

#include <gelf.h>

#include <cstdint>
#include <string>

namespace ttrace::audit {

struct Machine {
  std::uint16_t code = EM_NONE;
  std::uint8_t bits = 0;  // 32 or 64: the file's class
  bool big_endian = false;
  std::uint32_t flags = 0;
};
Machine machine_of(const GElf_Ehdr& header);

/// As Debian names its ports ("i386", "armhf", "mipsel"); "em123" for a machine without a name.
std::string machine_name(const Machine& machine);

/// A 32-bit ABI that has had a 64-bit time_t from its first day, so that plain names are fine.
bool is_born_time64(const Machine& machine);

/// glibc's utmp and lastlog hold 32-bit seconds there, as on every machine with 32-bit programs.
bool has_short_utmp(const Machine& machine);

}  // namespace ttrace::audit
