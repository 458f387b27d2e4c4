// Asking the kernel what another user may do to files, by acting as that user for a moment.
#pragma once

#include <sys/types.h>

#include <vector>

#include "tracer/session/proc_status.h"

namespace ttrace {

/// While this lives, the calling thread alone has the file system ids and the groups of the process
/// of `status`, with the powers over files that go with them (credentials(7), setfsuid(2)); or
/// root's if `as_root`. Without root's rights nothing changes: such a ttrace and its targets have
/// one user.
class AsUser {
 public:
  AsUser(const ProcStatus& status, bool as_root);
  ~AsUser();
  AsUser(const AsUser&) = delete;
  AsUser& operator=(const AsUser&) = delete;

 private:
  bool changed_ = false;
  std::vector<gid_t> groups_;  // ttrace's own
};

}  // namespace ttrace
