// An ELF core of a stopped process, as the kernel and gcore(1) write them: what --core-pattern
// gives to the file or program that the pattern names. The format: elf(5), Linux 6.1
// fs/binfmt_elf.c.
#pragma once

#include <csignal>
#include <cstdint>
#include <vector>

#include "tracer/engine/tracee.h"

namespace ttrace {

/// The register sets of a thread, as PTRACE_GETREGSET gives them in the thread's own width.
struct ThreadRegisters {
  Pid tid{0};
  std::vector<std::uint8_t> general, floating;
};

/// The thread must be stopped.
ThreadRegisters read_registers(Pid tid);

/// Writes to `fd`, which can be sought in, and returns the size; 0: it failed. The thread that
/// crashed comes first in `threads`. The process's coredump_filter and MADV_DONTDUMP are heeded.
std::uint64_t write_core(const Process& process, const std::vector<ThreadRegisters>& threads,
                         const siginfo_t& info, int fd);

}  // namespace ttrace
