#include "tracer/session/as_user.h"

#include <sys/fsuid.h>
#include <unistd.h>

#include "tracer/engine/native.h"

namespace ttrace {
namespace {

void set_ids(unsigned user, unsigned group) {
  (void)setfsgid(group);
  (void)setfsuid(user);
}

}  // namespace

AsUser::AsUser(const ProcStatus& status, bool as_root) {
  if (geteuid() != 0 || as_root || status.fs_uid == 0) return;
  const int count = getgroups(0, nullptr);
  groups_.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  if (getgroups(count, groups_.data()) != count) return;
  changed_ = true;
  set_groups_of_thread(status.groups);
  set_ids(static_cast<unsigned>(status.fs_uid), static_cast<unsigned>(status.fs_gid));
}

AsUser::~AsUser() {
  if (!changed_) return;
  set_ids(geteuid(), getegid());
  set_groups_of_thread(groups_);
}

}  // namespace ttrace
