// Running the command as PID 1 of namespaces of its own (--init), so that an init can be watched,
// and crashed, on a machine that has one already.
//
// An init sets a machine up, and it is started by root; so that it reaches nothing of this one, it
// is given a user namespace besides (user_namespaces(7)). There all ids are what they are outside,
// so that files look and act as usual, but its privileges end at its own namespaces: it can load no
// module, set no clock, touch no disk, no swap and no network, and the mounts that cover this
// machine's control groups, devices and settings cannot be taken away or made writable.
#pragma once

#include <sys/types.h>

#include <string>

#include "tracer/engine/init_cgroup.h"

namespace ttrace {

/// fork(2), with the child as PID 1 of a pid namespace, in a mount namespace. Throws UserError.
pid_t fork_init();

/// In that child, in its root if it has one of its own: enters the other namespaces. It then has a
/// /proc of its processes, an empty /run, a /dev with the usual devices, a tree of control groups
/// to manage if there is a `cgroup`, and all else of /sys and /proc/sys read-only. `own_network`:
/// and no network but a loopback interface of its own. Throws UserError.
void enter_init(const InitCgroup& cgroup, bool own_network);

/// Throws the UserError that says why a systemd, if `path` leads to one, may not be PID 1 without a
/// root of its own: at its start it cleans /tmp, and makes and removes what tmpfiles.d(5) says.
void refuse_systemd(const std::string& path);

/// Throws the UserError of what errno says, about this step.
[[noreturn]] void fail_init(const std::string& what);
/// Throws as well if it cannot.
void must_mount_for_init(const std::string& at, const char* type, unsigned long flags,
                         const char* data = nullptr);

}  // namespace ttrace
