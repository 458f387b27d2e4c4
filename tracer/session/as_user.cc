#include "tracer/session/as_user.h"

#include <sys/syscall.h>
#include <unistd.h>

namespace ttrace {
namespace {

// The library's setgroups() would change all threads.
void set_groups(const std::vector<gid_t>& groups) {
  (void)syscall(SYS_setgroups, groups.size(), groups.data());
}

void set_ids(unsigned user, unsigned group) {
  (void)syscall(SYS_setfsgid, group);
  (void)syscall(SYS_setfsuid, user);
}

}  // namespace

AsUser::AsUser(const ProcStatus& status, bool as_root) {
  if (geteuid() != 0 || as_root || status.fs_uid == 0) return;
  const int count = getgroups(0, nullptr);
  groups_.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  if (getgroups(count, groups_.data()) != count) return;
  changed_ = true;
  set_groups(status.groups);
  set_ids(static_cast<unsigned>(status.fs_uid), static_cast<unsigned>(status.fs_gid));
}

AsUser::~AsUser() {
  if (!changed_) return;
  set_ids(geteuid(), getegid());
  set_groups(groups_);
}

}  // namespace ttrace
