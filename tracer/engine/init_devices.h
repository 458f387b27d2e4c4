// /dev of a process that runs as PID 1 (--init): what every program may rely on, and nothing of the
// machine's: no disks, no terminals, no log sockets.
#pragma once

namespace ttrace {

/// Mounts it over /dev. Throws UserError.
void mount_own_devices();

}  // namespace ttrace
