// Which file systems a target sees, as far as time stamps depend on it: those that exist in memory
// only are as fresh as the boot of a machine whose clock the target believes in.
#pragma once

#include <sys/types.h>

#include <istream>
#include <set>

#include "preload/shim/protocol.h"
#include "tracer/base/types.h"

namespace ttrace {

/// The devices of the fresh file systems in a /proc/PID/mountinfo (proc(5)), and whether /dev is a
/// file system of its own.
struct FreshMounts {
  std::set<dev_t> devices;
  bool has_dev = false;
};
FreshMounts fresh_mounts(std::istream& mountinfo);

/// st_dev in 32 bits, as the shim has it.
std::uint32_t encode_device(dev_t device);

/// What the process, which has entered its root, sees. `layered`: the root is an overlay of ours.
shim::FileSystems look_at_file_systems(Pid pid, bool layered);

}  // namespace ttrace
