// Which socket is the other end of a unix socket.
#pragma once

#include <sys/types.h>

#include <optional>

namespace ttrace {

/// The inode of the socket that the one with this inode is connected to, as sock_diag(7) knows it
/// in ttrace's own network namespace; nullopt: none, or not known.
std::optional<ino_t> unix_peer(ino_t inode);

}  // namespace ttrace
