#include "tracer/intercept/socket_calls.h"

#include <linux/net.h>

#include "tracer/abi/syscall_table.h"
#include "tracer/engine/ptrace.h"
#include "tracer/engine/remote_memory.h"

namespace ttrace {

const SocketCallKind kConnectCall{"connect", SYS_CONNECT, 3};
const SocketCallKind kGetpeernameCall{"getpeername", SYS_GETPEERNAME, 3};
const SocketCallKind kGetsockoptCall{"getsockopt", SYS_GETSOCKOPT, 5};

namespace {

constexpr std::size_t kMostArgs = 6;

constexpr unsigned kChangedArgs = 3;

bool is_named(const SyscallStop& stop, const char* name) {
  return syscall_number(stop.abi, name) == stop.nr;
}

bool is_socketcall(const SyscallStop& stop) {
  static const auto kNumber = syscall_number(Abi::kI386, "socketcall");
  return stop.abi == Abi::kI386 && kNumber == stop.nr;
}

}  // namespace

std::optional<SocketCall> socket_call(const SyscallStop& stop, const SocketCallKind& kind) {
  SocketCall call;
  if (!is_socketcall(stop)) {
    if (!is_named(stop, kind.name)) return std::nullopt;
    call.args = stop.args;
    return call;
  }
  std::array<std::uint32_t, kMostArgs> words{};
  if (stop.args[0] != kind.number) return std::nullopt;
  const auto size = kind.args * sizeof words[0];
  if (!read_memory(stop.pid(), stop.pointer(1), words.data(), size)) return std::nullopt;
  for (unsigned i = 0; i < kind.args; ++i) call.args[i] = words[i];
  call.through_socketcall = true;
  return call;
}

Status write_args(const SyscallStop& stop, const SocketCall& call, RemotePtr scratch) {
  const auto& members = argument_registers(stop.abi);
  if (!call.through_socketcall) {
    for (unsigned i = 0; i < kChangedArgs; ++i) {
      if (auto done = poke_register(stop.tid(), members[i], call.args[i]); !done) return done;
    }
    return Done{};
  }
  std::array<std::uint32_t, kChangedArgs> words{};
  for (unsigned i = 0; i < words.size(); ++i) words[i] = static_cast<std::uint32_t>(call.args[i]);
  if (auto done = write_object(stop.pid(), scratch, words); !done) return done;
  return poke_register(stop.tid(), members[1], raw(scratch));
}

void restore_args(const SyscallStop& stop) {
  for (unsigned i = 0; i < kChangedArgs; ++i) stop.set_arg(i, stop.args[i]);
}

}  // namespace ttrace
