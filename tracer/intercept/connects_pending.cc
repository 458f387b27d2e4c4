// The part of Connects about non-blocking sockets: from EINPROGRESS to whatever settles it. The
// error is left for the target to fetch, so it is known when the target asks for it; when the
// connect ended is known from epoll too.
#include <algorithm>
#include <cerrno>

#include "tracer/intercept/connects.h"

namespace ttrace {
namespace {

constexpr std::chrono::nanoseconds kLookEvery = std::chrono::milliseconds(100);
// A program that learned of a failure by poll asks for the error soon, or never.
constexpr std::chrono::nanoseconds kAsksWithin = std::chrono::seconds(1);

}  // namespace

// A signal ends the call, but not TCP's connect (connect(2), EINTR). If the kernel makes the call
// again, it is found in begin().
void Connects::interrupt(ConnectAttempt& attempt) {
  attempt.state = ConnectAttempt::State::kInterrupted;
  attempt.interrupted = parts_.sink.elapsed();
  std::uint64_t cookie = 0;
  const TargetSocket socket(attempt.process->pid, attempt.tid, attempt.fd);
  // A unix socket, or one that is done, is ready at once.
  const bool goes_on = socket.valid() && !socket.settled();
  if (goes_on && make_pending(attempt, cookie)) {
    attempt.goes_on = cookie;
    pending_.at(cookie).blocking = true;
    pending_.at(cookie).announced = attempt.announced;
  }
}

std::uint64_t Connects::watch_socket(const ConnectAttempt& attempt) {
  const TargetSocket socket(attempt.process->pid, attempt.tid, attempt.fd);
  if (!socket.valid()) return 0;
  const std::uint64_t cookie = socket.cookie();
  const bool is_new = cookie != 0 && !pending_.contains(cookie);
  return is_new && epoll_.add(socket, cookie) ? cookie : 0;
}

bool Connects::make_pending(const ConnectAttempt& attempt, std::uint64_t& cookie) {
  cookie = watch_socket(attempt);
  if (cookie == 0) return false;
  PendingConnect pending;
  pending.process = attempt.process;
  pending.plan = attempt.plan;
  pending.fd = attempt.fd;
  pending.event = parts_.sink.make(*attempt.process, attempt.tid);
  Connect what;
  what.to = wanted(attempt);
  what.blocking = false;
  what.started = attempt.started;
  what.slow = parts_.slow;
  what.syscall = connect_text(attempt, -EINPROGRESS);
  pending.event.what = std::move(what);
  if (parts_.stack_depth > 0 && attempt.regs.rip != 0) {
    pending.stack = parts_.walker.walk(attempt.process->pid, attempt.tid,
                                       unwind_state(attempt.regs), parts_.stack_depth);
  }
  pending_.emplace(cookie, std::move(pending));
  return true;
}

void Connects::settle(const SyscallStop& stop, int fd, int error, const char* by) {
  const TargetSocket socket(stop.pid(), stop.tid(), fd);
  if (!socket.valid()) return;
  const std::uint64_t cookie = socket.cookie();
  if (!pending_.contains(cookie) || (error == 0 && !socket.settled())) return;
  finish(cookie, Connect::Fate::kEnded, error, by);
  parts_.faults.reset_accepted();
}

void Connects::finish(std::uint64_t cookie, Connect::Fate fate, std::optional<int> error,
                      const char* by) {
  const auto found = pending_.find(cookie);
  if (found == pending_.end()) return;
  PendingConnect& pending = found->second;
  auto& what = std::get<Connect>(pending.event.what);
  pending.event.at = parts_.sink.elapsed();
  what.fate = fate;
  what.error = error;
  what.settled_by = by;
  what.duration = pending.failed_at.value_or(pending.event.at) - what.started;
  bool told = false;
  if (error != 0 || pending.plan.rule || what.duration >= parts_.slow) {
    const Pid pid = pending.process->pid;
    const TargetSocket socket(pid, pid, pending.fd);
    const bool same = socket.valid() && socket.cookie() == cookie;
    // The descriptor may be another socket's by now.
    const TargetSocket none(pid, pid, -1);
    describe_socket(what, same ? socket : none, pending.plan);
    what.blocking = pending.blocking;
    what.would_hang = false;
    if (same) ConnectFaults::undo(pending.plan, socket);
    told = true;
  }
  if (pending.announced && live_) live_(Live::kOver, pending.event);
  if (!told) pending.stack.clear();
  emit(std::move(pending.event), pending.process->pid, std::move(pending.stack));
  pending_.erase(found);
}

void Connects::look_at_pending() {
  const auto now = parts_.sink.elapsed();
  next_look_ = now + kLookEvery;
  for (const PendingConnects::Done& done : epoll_.done()) {
    const auto found = pending_.find(done.cookie);
    if (found == pending_.end()) continue;
    if (done.failed) {
      found->second.failed_at = now - (std::chrono::steady_clock::now() - done.at);
    } else {
      finish(done.cookie, Connect::Fate::kEnded, 0, "the kernel");
    }
  }
  auto open = epoll_.open();
  std::sort(open.begin(), open.end());
  std::vector<std::uint64_t> gone, unasked;
  for (auto& [cookie, pending] : pending_) {
    const bool is_open = std::binary_search(open.begin(), open.end(), cookie);
    if (!is_open) gone.push_back(cookie);
    if (is_open && pending.failed_at && now - *pending.failed_at > kAsksWithin)
      unasked.push_back(cookie);
    if (is_open) pending.seen_pending = true;
  }
  for (const auto cookie : unasked) finish(cookie, Connect::Fate::kEnded, std::nullopt, kUnasked);
  for (const auto cookie : gone) {
    // Closed between two looks: only one that was seen waiting before is known to have waited.
    const PendingConnect& pending = pending_.at(cookie);
    const bool waited = pending.seen_pending && !pending.failed_at;
    finish(cookie, waited ? Connect::Fate::kAbandoned : Connect::Fate::kEnded, std::nullopt,
           waited              ? "close()"
           : pending.failed_at ? kUnasked
                               : "");
  }
}

void Connects::take_up_blocked(Pid tid, std::chrono::nanoseconds lasted) {
  under_way_[tid] = parts_.sink.elapsed() - lasted;
}

void Connects::take_up_pending(const std::shared_ptr<Process>& process, int fd,
                               const RawAddress& to, std::chrono::nanoseconds lasted) {
  ConnectAttempt attempt;
  attempt.process = process;
  attempt.tid = process->pid;
  attempt.fd = fd;
  attempt.address = to;
  attempt.length = to.size;
  attempt.started = parts_.sink.elapsed() - lasted;
  std::uint64_t cookie = 0;
  if (make_pending(attempt, cookie) && begin_) begin_();
}

void Connects::on_leave() {
  if (!pending_.empty()) look_at_pending();
  for (auto& [tid, attempt] : attempts_) report(attempt, Connect::Fate::kLetGo, std::nullopt);
  attempts_.clear();
  while (!pending_.empty()) {
    finish(pending_.begin()->first, Connect::Fate::kLetGo, std::nullopt, "");
  }
  emit_late();
}

// A connect can outlive the program, if its descriptor does.
void Connects::at_exec(const Process& process) {
  failures_.erase(process.pid);
  emit_late();
  for (auto& [cookie, pending] : pending_) {
    if (pending.process->pid != process.pid) continue;
    std::get<Connect>(pending.event.what).stack = name(process.pid, pending.stack);
    pending.stack.clear();
  }
}

void Connects::on_process_exit(const Process& process, bool killed) {
  failures_.erase(process.pid);
  if (pending_.empty()) return emit_late();
  look_at_pending();
  std::vector<std::uint64_t> left;
  for (auto& [cookie, pending] : pending_) {
    if (pending.process->pid == process.pid) left.push_back(cookie);
  }
  for (const auto cookie : left) {
    const bool failed = pending_.at(cookie).failed_at.has_value();
    const auto fate = failed   ? Connect::Fate::kEnded
                      : killed ? Connect::Fate::kStillBlocked
                               : Connect::Fate::kAbandoned;
    finish(cookie, fate, std::nullopt, failed ? kUnasked : killed ? "" : "exit");
  }
  emit_late();
}

}  // namespace ttrace
