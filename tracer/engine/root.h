// Running a target inside another root file system, in a mount namespace that vanishes with it.
#pragma once

#include <string>

namespace ttrace {

struct RootOptions {
  std::string directory;
  bool writable = false;
};

/// Throws UserError unless `directory` looks like a root file system that this machine can run.
void check_root(const std::string& directory);

/// Moves the calling process, which should be about to exec, into the root: /proc, /sys and /dev of
/// the machine, a fresh /tmp, /run and /dev/shm, and over the rest a layer in memory so that
/// nothing of the directory is written (unless `writable`). Throws UserError.
void enter_root(const RootOptions& options);

}  // namespace ttrace
