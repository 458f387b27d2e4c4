// x86-64 code makes its system calls by an instruction of its own, so stat calls cannot be led into
// the shim through a table as on i386. Instead the first call from a place in the code, which stops
// anyway, has that place patched: later calls from there run in the process without a stop.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "tracer/engine/interceptor.h"

namespace ttrace {

/// A system call instruction and what stands around it.
struct CallSite {
  RemotePtr at{0};
  std::array<std::uint8_t, 24> before{};
  std::array<std::uint8_t, 16> code{};
  std::size_t compare_length = 0;  // of the comparison that follows
};

class CallSites {
 public:
  /// Tries to patch the call site of `stop`, a stat call at its entry stop. True: the site now
  /// leads into the shim, and the thread will run it anew from there when it is resumed. False: the
  /// call goes on as it was.
  bool redirect(SyscallStop& stop);
  /// The process has just executed a program and been given the shim: patches the places in its
  /// dynamic loader that were patched in others, since each program comes by there.
  void redirect_known(const Process& process) const;

 private:
  void remember(const Process& process, const CallSite& site);

  std::vector<CallSite> in_loader_;  // `at` counts from the loader's beginning
};

}  // namespace ttrace
