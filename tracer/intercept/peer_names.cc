#include "tracer/intercept/peer_names.h"

#include <algorithm>

#include "tracer/engine/remote_memory.h"
#include "tracer/intercept/socket_calls.h"

namespace ttrace {

void PeerNames::subscribe(std::vector<Subscription>& to) {
  for (const Abi abi : {Abi::kX86_64, Abi::kI386}) add(to, abi, "getpeername");
  add(to, Abi::kI386, "socketcall", {{0, Condition::Op::kEqual, kGetpeernameCall.number}});
}

Interceptor::Next PeerNames::on_entry(SyscallStop& stop) {
  if (!faults_.has_peers()) return Next::kGoOn;
  const auto call = socket_call(stop, kGetpeernameCall);
  if (!call) return Next::kGoOn;
  const auto room = read_object<std::uint32_t>(stop.pid(), RemotePtr{call->args[2]});
  if (!room) return Next::kGoOn;
  room_[stop.tid()] = *room;
  return Next::kStopAtExit;
}

void PeerNames::on_exit(SyscallStop& stop) {
  const auto room = room_.extract(stop.tid());
  const auto call = socket_call(stop, kGetpeernameCall);
  if (!call || !room || stop.result != 0) return;
  const TargetSocket socket(stop.pid(), stop.tid(), static_cast<int>(call->args[0]));
  const auto peer = socket.valid() ? faults_.peer(socket.cookie()) : std::nullopt;
  if (!peer) return;
  const auto size = static_cast<std::uint32_t>(peer->size);
  (void)write_memory(stop.pid(), RemotePtr{call->args[1]}, peer->bytes.data(),
                     std::min(size, room.mapped()));
  (void)write_object(stop.pid(), RemotePtr{call->args[2]}, size);
}

}  // namespace ttrace
