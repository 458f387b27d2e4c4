// What of a process's memory goes into its core: core(5), "Controlling which mappings are written",
// as vma_dump_size() of Linux 6.1 (fs/coredump.c) reads it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tracer/base/types.h"

namespace ttrace {

/// The bits of /proc/PID/coredump_filter, and what it is at the start.
inline constexpr unsigned kDumpAnonymousPrivate = 1, kDumpAnonymousShared = 2, kDumpFilePrivate = 4,
                          kDumpFileShared = 8, kDumpElfHeaders = 16, kDumpHugePrivate = 32,
                          kDumpHugeShared = 64, kDumpByDefault = 0x33;

struct CoreMapping {
  std::uint64_t start = 0, end = 0, offset = 0;
  bool readable = false, writable = false, executable = false, shared = false;
  std::string name;       // as /proc/PID/maps has it
  bool written = false;   // it has pages of its own
  bool left_out = false;  // MADV_DONTDUMP, or a device's memory
  bool huge = false;      // of hugetlbfs

  bool in_file() const { return name.starts_with('/'); }
};

/// From the text of /proc/PID/smaps (proc(5)), but for [vsyscall], which is no memory of the
/// process's own.
std::vector<CoreMapping> parse_smaps(std::string_view text);

/// The number of bytes that are dumped, from the start; `is_program`: it begins as an ELF file
/// does, or its file is executable.
std::uint64_t size_in_core(const CoreMapping& mapping, unsigned filter, bool is_program);

/// As the process has set it; kDumpByDefault, if it cannot be read.
unsigned coredump_filter(Pid pid);

}  // namespace ttrace
