// Whom a program believes it is connected to, where a rule of --connect sent it elsewhere.
#pragma once

#include "preload/library/channel.h"

namespace ttrace::preload {

/// Socket `fd` was sent elsewhere when it asked for `asked`.
void remember_peer(int fd, const Address& asked);
/// What it asked for; null: no rule sent it elsewhere, or that is long forgotten.
const Address* peer_of(int fd);

}  // namespace ttrace::preload
