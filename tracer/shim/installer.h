// Puts the shim into a process that has just executed a program: maps the image, redirects the
// vDSO's symbols, and on i386 the system call entry that the auxiliary vector names.
#pragma once

#include <map>
#include <optional>

#include "preload/shim/protocol.h"
#include "tracer/cli/options.h"
#include "tracer/engine/tracee.h"
#include "tracer/shim/vdso.h"

namespace ttrace {

/// `time_served` of a 64-bit program that an i386 one of ours executes where ttrace is an i386
/// program.
constexpr const char* kUntracedAbi = "none: a program of an ABI that this ttrace does not trace";

struct ShimSettings {
  shim::ClockParams clock{};
  shim::FileSystems files{};
  std::uint32_t cookie = 0;
  bool shift_files = false;
  bool watch_paths = false;
  KernelPersona persona = KernelPersona::kNative;
};

/// What the shim is told at first, in a process whose vDSO is at `base`.
shim::Data shim_data(const ShimSettings& settings, const Vdso& vdso, RemotePtr base);

class ShimInstaller {
 public:
  /// At the exit stop of execve. Sets the process's `space` and `time_served`; where the shim
  /// cannot be put in, the latter says why and the filter serves the time.
  void install(Tracee& tracee, const ShimSettings& settings);

  /// Tells a running process of a changed clock.
  static void update_clock(const Process& process, const shim::ClockParams& clock);
  /// The vDSO of this process falls back to system calls: let the shim make them itself.
  static void use_direct_calls(const Process& process);
  /// Is `ip` in the real vDSO of this process?
  bool in_vdso(const Process& process, std::uint64_t ip) const;
  /// Null: the process has none that could be used.
  const Vdso* vdso_of(const Process& process);

 private:
  std::map<Abi, std::optional<Vdso>> vdsos_;
};

}  // namespace ttrace
