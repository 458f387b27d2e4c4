// The socket calls of both ABIs in one form: i386 has them as calls of their own and, as most of
// its C libraries make them, through socketcall(2) with the arguments in memory.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "tracer/engine/interceptor.h"

namespace ttrace {

struct SocketCallKind {
  const char* name;      // "connect"
  unsigned long number;  // of socketcall(2): SYS_CONNECT
  unsigned args;
};
extern const SocketCallKind kConnectCall, kGetpeernameCall, kGetsockoptCall;

struct SocketCall {
  std::array<std::uint64_t, 6> args{};
  bool through_socketcall = false;
};

/// The arguments of `stop` if it is a call of this kind; nullopt: another, or its arguments cannot
/// be read.
std::optional<SocketCall> socket_call(const SyscallStop& stop, const SocketCallKind& kind);

/// At the entry: the call is made with the first three arguments of `call` instead. `scratch`:
/// where 12 bytes of the target's memory may be written.
Status write_args(const SyscallStop& stop, const SocketCall& call, RemotePtr scratch);
/// At the exit of a call changed by write_args(): the registers hold again what the target put
/// there.
void restore_args(const SyscallStop& stop);

}  // namespace ttrace
