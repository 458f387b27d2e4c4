#include "tracer/intercept/socket_calls.h"

#include <linux/net.h>
#include <sys/user.h>

#include <cstddef>

#include "tracer/abi/syscall_table.h"
#include "tracer/engine/ptrace.h"
#include "tracer/engine/remote_memory.h"

namespace ttrace {

const SocketCallKind kConnectCall{"connect", SYS_CONNECT, 3};
const SocketCallKind kGetpeernameCall{"getpeername", SYS_GETPEERNAME, 3};
const SocketCallKind kGetsockoptCall{"getsockopt", SYS_GETSOCKOPT, 5};

namespace {

constexpr std::size_t kMostArgs = 6;

// Where the ABI has the first three arguments (syscall(2)).
constexpr std::array kArgs64{offsetof(user_regs_struct, rdi), offsetof(user_regs_struct, rsi),
                             offsetof(user_regs_struct, rdx)};
constexpr std::array kArgs32{offsetof(user_regs_struct, rbx), offsetof(user_regs_struct, rcx),
                             offsetof(user_regs_struct, rdx)};

const auto& arg_offsets(Abi abi) { return abi == Abi::kI386 ? kArgs32 : kArgs64; }

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
  const auto& offsets = arg_offsets(stop.abi);
  if (!call.through_socketcall) {
    for (unsigned i = 0; i < offsets.size(); ++i) {
      if (auto done = poke_user(stop.tid(), offsets[i], call.args[i]); !done) return done;
    }
    return Done{};
  }
  std::array<std::uint32_t, 3> words{};
  for (unsigned i = 0; i < words.size(); ++i) words[i] = static_cast<std::uint32_t>(call.args[i]);
  if (auto done = write_object(stop.pid(), scratch, words); !done) return done;
  return poke_user(stop.tid(), offsets[1], raw(scratch));
}

void restore_args(const SyscallStop& stop) {
  const auto& offsets = arg_offsets(stop.abi);
  for (unsigned i = 0; i < offsets.size(); ++i) {
    (void)poke_user(stop.tid(), offsets[i], stop.args[i]);
  }
}

}  // namespace ttrace
