// The part of Connects about what is said while a connect lasts. It is made of what was seen at the
// entry of the call: no thread is disturbed.
#include "tracer/intercept/connects.h"

namespace ttrace {
namespace {

using State = ConnectAttempt::State;

constexpr std::chrono::nanoseconds kTick = std::chrono::seconds(1);

}  // namespace

void Connects::announce() {
  const auto now = parts_.sink.elapsed();
  Longest longest;
  for (auto& [tid, attempt] : attempts_) {
    if (attempt.state == State::kInterrupted || now - attempt.started < parts_.slow) continue;
    if (attempt.announced) {
      longest.offer(attempt.process, tid, wanted(attempt), attempt.started, true);
      continue;
    }
    attempt.announced = true;
    Event event = event_of(attempt, Connect::Fate::kStillBlocked, std::nullopt);
    std::get<Connect>(event.what).stack = name(attempt.process->pid, walk(attempt));
    live_(Live::kFirst, event);
    next_live_ = now + kTick;
  }
  for (auto& [cookie, pending] : pending_) {
    const auto& known = std::get<Connect>(pending.event.what);
    // One that failed only waits for the program to ask how.
    if (pending.failed_at || now - known.started < parts_.slow) continue;
    if (pending.announced) {
      longest.offer(pending.process, Pid{pending.event.process.tid}, known.to, known.started,
                    pending.blocking);
      continue;
    }
    pending.announced = true;
    announce_pending(pending, now);
    next_live_ = now + kTick;
  }
  if (longest.process && now >= next_live_) tick(longest, now);
}

void Connects::announce_pending(const PendingConnect& pending, std::chrono::nanoseconds now) {
  Event event = pending.event;
  auto& what = std::get<Connect>(event.what);
  what.duration = now - what.started;
  what.blocking = pending.blocking;
  if (!pending.stack.empty()) what.stack = name(pending.process->pid, pending.stack);
  what.to.service = service_name(what.to);
  live_(Live::kFirst, event);
}

void Connects::tick(const Longest& longest, std::chrono::nanoseconds now) {
  Event event = parts_.sink.make(*longest.process, longest.tid);
  Connect what;
  what.to = longest.to;
  what.duration = now - longest.started;
  what.blocking = longest.blocking;
  event.what = std::move(what);
  live_(Live::kStill, event);
  next_live_ = now + kTick;
}

}  // namespace ttrace
