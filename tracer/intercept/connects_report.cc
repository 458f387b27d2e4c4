// The part of Connects about events: what is told of a connect, and when its stack gets names.
#include "tracer/intercept/connects.h"

namespace ttrace {

SocketAddress Connects::wanted(const ConnectAttempt& attempt) const {
  SocketAddress to = describe(attempt.address);
  to.host = parts_.names.find(*attempt.process, attempt.address);
  return to;
}

RawStack Connects::walk(const ConnectAttempt& attempt) const {
  if (parts_.stack_depth == 0) return {};
  return parts_.walker.walk(attempt.process->pid, attempt.tid, unwind_state(attempt.regs),
                            parts_.stack_depth);
}

Stack Connects::name(Pid pid, const RawStack& stack) const {
  return stack.empty() ? Stack{} : parts_.walker.symbolize(pid, stack);
}

void Connects::emit(Event event, Pid pid, RawStack stack) {
  if (stack.empty() && late_.empty()) return parts_.sink.emit(event);
  late_.push_back({std::move(event), pid, std::move(stack)});
}

void Connects::emit_late() {
  for (Late& late : late_) {
    if (!late.stack.empty()) {
      std::get<Connect>(late.event.what).stack = name(late.pid, late.stack);
    }
    parts_.sink.emit(late.event);
  }
  late_.clear();
}

bool Connects::is_repetition(const ConnectAttempt& attempt, const Connect& what) {
  constexpr std::size_t kMostKept = 4096;
  const bool at_once = what.error.value_or(0) != 0 && what.duration < parts_.slow;
  if (!at_once || attempt.plan.rule || what.fate != Connect::Fate::kEnded) return false;
  auto& known = failures_[attempt.process->pid];
  const RawAddress& to = attempt.address;
  std::string key(to.bytes.begin(), to.bytes.begin() + static_cast<std::ptrdiff_t>(to.size));
  key += std::to_string(*what.error);
  return known.size() >= kMostKept ? known.contains(key) : !known.insert(std::move(key)).second;
}

Event Connects::event_of(ConnectAttempt& attempt, Connect::Fate fate,
                         std::optional<std::int64_t> result) {
  Event event = parts_.sink.make(*attempt.process, attempt.tid);
  const bool cut_short =
      attempt.state == ConnectAttempt::State::kInterrupted && attempt.interrupted.count() > 0;
  Connect what;
  what.to = wanted(attempt);
  what.fate = fate;
  what.started = attempt.started;
  what.duration = (cut_short ? attempt.interrupted : event.at) - attempt.started;
  what.slow = parts_.slow;
  if (result) what.error = static_cast<int>(-*result);
  if (fate == Connect::Fate::kEnded) what.settled_by = "connect()";
  const bool tells = what.error != 0 || attempt.plan.rule || what.duration >= parts_.slow;
  if (tells && !is_repetition(attempt, what)) {
    const TargetSocket socket(attempt.process->pid, attempt.tid, attempt.fd);
    describe_socket(what, socket, attempt.plan);
    what.syscall = connect_text(attempt, result);
  }
  event.what = std::move(what);
  return event;
}

void Connects::report(ConnectAttempt& attempt, Connect::Fate fate,
                      std::optional<std::int64_t> result) {
  Event event = event_of(attempt, fate, result);
  if (attempt.plan.former_user_timeout) {
    ConnectFaults::undo(attempt.plan, {attempt.process->pid, attempt.tid, attempt.fd});
  }
  if (attempt.announced && live_) live_(Live::kOver, event);
  const bool told = !std::get<Connect>(event.what).syscall.name.empty();
  emit(std::move(event), attempt.process->pid, told ? walk(attempt) : RawStack{});
}

std::optional<SocketAddress> Connects::wanted_by(Pid tid) const {
  const auto found = attempts_.find(tid);
  if (found == attempts_.end()) return std::nullopt;
  return wanted(found->second);
}

}  // namespace ttrace
