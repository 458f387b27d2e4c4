#include "tracer/intercept/connects.h"

#include <algorithm>
#include <cerrno>
#include <climits>

#include "tracer/engine/remote_memory.h"

namespace ttrace {
namespace {

using State = ConnectAttempt::State;

// Below what a leaf function may use without moving the stack pointer (x86-64 psABI, 3.2.2).
constexpr std::uint64_t kRedZone = 128;
constexpr std::uint64_t kScratch = 192;
constexpr std::chrono::nanoseconds kSoon = std::chrono::milliseconds(500);

RawAddress read_address(const SyscallStop& stop, const SocketCall& call) {
  RawAddress raw;
  const auto length = static_cast<std::int32_t>(call.args[2]);
  if (length <= 0 || static_cast<std::size_t>(length) > raw.bytes.size()) return raw;
  raw.size = read_memory_upto(stop.pid(), RemotePtr{call.args[1]}, raw.bytes.data(),
                              static_cast<std::size_t>(length));
  return raw;
}

bool same_call(const ConnectAttempt& a, const ConnectAttempt& b) {
  return a.fd == b.fd && a.address.size == b.address.size && a.address.bytes == b.address.bytes;
}

}  // namespace

Connects::Connects(const Parts& parts) : parts_(parts) {}

void Connects::subscribe(std::vector<Subscription>& to) {
  constexpr auto kEqual = Condition::Op::kEqual;
  for (const Abi abi : {Abi::kX86_64, Abi::kI386}) {
    add(to, abi, "connect");
    add(to, abi, "getsockopt", {{1, kEqual, SOL_SOCKET}, {2, kEqual, SO_ERROR}});
  }
  for (const auto* kind : {&kConnectCall, &kGetsockoptCall}) {
    add(to, Abi::kI386, "socketcall", {{0, kEqual, kind->number}});
  }
}

Interceptor::Next Connects::on_entry(SyscallStop& stop) {
  if (const auto call = socket_call(stop, kConnectCall)) return begin(stop, *call);
  if (pending_.empty()) return Next::kGoOn;
  const auto call = socket_call(stop, kGetsockoptCall);
  const bool asks = call && static_cast<int>(call->args[1]) == SOL_SOCKET &&
                    static_cast<int>(call->args[2]) == SO_ERROR;
  return asks ? Next::kStopAtExit : Next::kGoOn;
}

Interceptor::Next Connects::begin(SyscallStop& stop, const SocketCall& call) {
  ConnectAttempt attempt;
  attempt.address = read_address(stop, call);
  if (attempt.address.family() == AF_UNSPEC) return Next::kGoOn;  // it dissolves a connection
  attempt.fd = static_cast<int>(call.args[0]);
  const auto former = attempts_.find(stop.tid());
  if (former != attempts_.end()) {
    if (former->second.state != State::kCalling && same_call(former->second, attempt)) {
      pending_.erase(std::exchange(former->second.goes_on, 0));
      return apply(stop, call, former->second);
    }
    if (former->second.goes_on == 0) report(former->second, Connect::Fate::kEnded, -EINTR);
    attempts_.erase(former);
  }
  const auto regs = get_regs(stop.tid());
  if (!regs) return Next::kGoOn;
  if (begin_) begin_();
  attempt.regs = *regs;
  attempt.process = stop.tracee.process;
  attempt.tid = stop.tid();
  attempt.abi = stop.abi;
  attempt.length = call.args[2];
  attempt.started = parts_.sink.elapsed();
  const auto under_way = under_way_.extract(stop.tid());
  if (under_way) attempt.started = under_way.mapped();
  attempt.plan = parts_.faults.plan(stop.pid(), stop.tid(), attempt.fd, attempt.address);
  attempt.sleep_until = parts_.sink.elapsed() + attempt.plan.sleep;
  return apply(stop, call, attempts_.emplace(stop.tid(), std::move(attempt)).first->second);
}

Interceptor::Next Connects::apply(SyscallStop& stop, SocketCall call, ConnectAttempt& attempt) {
  const bool sleeps = attempt.plan.sleep > Duration{0} && attempt.state != State::kSlept;
  if (sleeps && parts_.sink.elapsed() < attempt.sleep_until) return sleep_instead(stop, attempt);
  attempt.state = State::kCalling;
  if (attempt.plan.result) {
    stop.skip(*attempt.plan.result);
    report(attempt, Connect::Fate::kEnded, *attempt.plan.result);
    attempts_.erase(stop.tid());
    return Next::kGoOn;
  }
  if (attempt.plan.instead) {
    const RemotePtr scratch{(stop.sp - kRedZone - kScratch) & ~std::uint64_t{15}};
    const RawAddress& to = *attempt.plan.instead;
    call.args[1] = raw(scratch);
    call.args[2] = to.size;
    const RemotePtr block = scratch + to.bytes.size();
    const bool written = write_memory(stop.pid(), scratch, to.bytes.data(), to.size) &&
                         write_args(stop, call, block);
    if (!written) {
      restore_args(stop);
      attempt.plan = {};
    }
  }
  return Next::kStopAtExit;
}

void Connects::on_exit(SyscallStop& stop) {
  const auto found = attempts_.find(stop.tid());
  if (found == attempts_.end() || !socket_call(stop, kConnectCall)) {
    const auto call = socket_call(stop, kGetsockoptCall);
    if (!call || stop.result != 0) return;
    const auto error = read_object<int>(stop.pid(), RemotePtr{call->args[3]});
    if (error) settle(stop, static_cast<int>(call->args[0]), *error, "getsockopt(SO_ERROR)");
    return;
  }
  ConnectAttempt& attempt = found->second;
  if (attempt.state == State::kSleeping) {
    if (!woke_up(stop, attempt)) return;
  } else if (attempt.plan.instead) {
    restore_args(stop);
  }
  if (is_interrupted(stop.result)) return interrupt(attempt);
  end(stop, attempt);
  attempts_.erase(stop.tid());
}

void Connects::end(const SyscallStop& stop, ConnectAttempt& attempt) {
  std::uint64_t cookie = 0;
  parts_.names.on_connect(stop.tracee, attempt.fd, attempt.address);
  if (stop.result == -EINPROGRESS) {
    if (!make_pending(attempt, cookie)) report(attempt, Connect::Fate::kEnded, std::nullopt);
    return;
  }
  if (stop.result == -EALREADY) return;  // asked again of one that is pending
  if (!pending_.empty() &&
      (stop.result == 0 || stop.result == -EISCONN || attempt.plan.rule == nullptr)) {
    const TargetSocket socket(stop.pid(), stop.tid(), attempt.fd);
    if (socket.valid() && pending_.contains(socket.cookie())) {
      const bool good = stop.result == 0 || stop.result == -EISCONN;
      return finish(socket.cookie(), Connect::Fate::kEnded,
                    good ? 0 : static_cast<int>(-stop.result), "connect()");
    }
  }
  parts_.faults.reset_accepted();
  report(attempt, Connect::Fate::kEnded, stop.result);
}

void Connects::on_thread_exit(const Tracee& tracee) {
  const auto found = attempts_.find(tracee.tid);
  if (found == attempts_.end()) return;
  // A signal that kills ends the call first: what was interrupted just now had not ended by itself.
  const ConnectAttempt& attempt = found->second;
  const auto since = parts_.sink.elapsed() - attempt.interrupted;
  const bool earlier = attempt.state == State::kInterrupted && since > kSoon;
  if (earlier) {
    if (attempt.goes_on == 0) report(found->second, Connect::Fate::kEnded, -EINTR);
  } else {
    pending_.erase(attempt.goes_on);
    report(found->second, Connect::Fate::kStillBlocked, std::nullopt);
  }
  attempts_.erase(found);
}

void Connects::on_tick() {
  parts_.faults.reset_accepted();
  emit_late();
  if (!pending_.empty() && parts_.sink.elapsed() >= next_look_) look_at_pending();
  if (live_) announce();
}

}  // namespace ttrace
