#include "tracer/preload/connects.h"

#include <algorithm>
#include <cstring>

#include "tracer/preload/channel_reader.h"

namespace ttrace::preload {
namespace {

constexpr std::chrono::nanoseconds kTick = std::chrono::seconds(1);

const char* settled_by(const ConnectEndRecord& record) {
  switch (static_cast<ConnectEndRecord::By>(record.by)) {
    case ConnectEndRecord::kByConnect:
      return "connect()";
    case ConnectEndRecord::kByGetsockopt:
      return "getsockopt(SO_ERROR)";
    case ConnectEndRecord::kByKernel:
      return "the kernel";
    case ConnectEndRecord::kUnasked:
      return kUnasked;
    case ConnectEndRecord::kByClose:
      return "close()";
  }
  return "";
}

SocketLimits limits_of(const ConnectEndRecord& record) {
  return {moment(record.send_timeout), std::chrono::milliseconds(record.user_timeout),
          record.syn_count};
}

ConnectAttempt attempt_of(const ConnectRecord& record) {
  ConnectAttempt attempt;
  attempt.fd = record.fd;
  attempt.length = static_cast<std::uint32_t>(record.length);
  attempt.address.size = std::min<std::size_t>(record.to.size, attempt.address.bytes.size());
  std::memcpy(attempt.address.bytes.data(), record.to.bytes, attempt.address.size);
  return attempt;
}

/// The fault stands for a hang, and this socket has no bound for it.
bool would_hang(const Connect& what, const ConnectFault& fault) {
  using Kind = ConnectFault::Kind;
  const bool stands_for_hang = fault.kind == Kind::kTimeout || fault.kind == Kind::kDelay;
  return stands_for_hang && what.blocking && what.limits &&
         what.limits->send_timeout.count() == 0 && what.limits->user_timeout.count() == 0;
}

}  // namespace

ConnectLog::ConnectLog(const RunOptions& options, EventSink& sink)
    : options_(options),
      sink_(sink),
      live_(options.verbosity < 0),
      analyze_(std::find(options.analyzers.begin(), options.analyzers.end(), "connect") !=
               options.analyzers.end()) {}

void ConnectLog::on_begin(const ConnectRecord& record, Event event, StackOf stack) {
  const ConnectAttempt attempt = attempt_of(record);
  Connect what;
  what.to = describe(attempt.address);
  what.fate = Connect::Fate::kStillBlocked;
  what.blocking = !record.nonblocking;
  what.started = event.at;
  what.slow = options_.slow;
  what.syscall = connect_text(attempt, std::nullopt);
  if (record.rule > 0 && record.rule <= options_.connect_rules.size()) {
    what.fault = options_.connect_rules[record.rule - 1].text;
  }
  event.what = std::move(what);
  open_.insert_or_assign(record.record.position,
                         Open{std::move(event), std::move(stack), moment(record.record.at), false});
}

void ConnectLog::on_end(const ConnectEndRecord& record) {
  const auto found = open_.find(record.begin);
  if (found == open_.end()) return;
  Open& open = found->second;
  const auto at = moment(record.ended ? record.ended : record.record.at);
  auto& what = std::get<Connect>(open.event.what);
  what.duration = at - open.begun;
  open.event.at = what.started + (moment(record.record.at) - open.begun);
  settle(open, record);
  open_.erase(found);
}

void ConnectLog::settle(Open& open, const ConnectEndRecord& record) {
  auto& what = std::get<Connect>(open.event.what);
  what.fate = record.fate == ConnectEndRecord::kAbandoned ? Connect::Fate::kAbandoned
                                                          : Connect::Fate::kEnded;
  if (record.error >= 0) what.error = record.error;
  what.settled_by = settled_by(record);
  if (record.has_limits) what.limits = limits_of(record);
  if (what.error && what.blocking) what.syscall.result = -*what.error;
  for (const ConnectRule& rule : options_.connect_rules) {
    if (rule.text == what.fault) what.would_hang = would_hang(what, rule.fault);
  }
  if (open.announced) live_.on_live(Connects::Live::kOver, open.event);
  if (tells(what, open.event.process.pid)) {
    what.to.service = service_name(what.to);
    what.stack = open.stack();
  }
  sink_.emit(open.event);
}

/// Repeated failures at the same address tell nothing new: their stacks are left out.
bool ConnectLog::tells(const Connect& what, int pid) {
  if (!what.fault.empty() || what.duration >= what.slow) return true;
  if (what.error == 0) return false;
  return failures_[pid]
      .insert(what.to.family + what.to.address + std::to_string(what.to.port.value_or(0)) +
              std::to_string(what.error.value_or(-1)))
      .second;
}

void ConnectLog::on_program(int pid) {
  failures_.erase(pid);
  for (auto& [position, open] : open_) {
    if (open.event.process.pid != pid) continue;
    open.stack = [known = open.stack()] { return known; };
  }
}

void ConnectLog::on_tick() {
  if (!analyze_ || open_.empty()) return;
  const auto now = sink_.elapsed();
  Event* longest = nullptr;
  for (auto& [position, open] : open_) {
    auto& what = std::get<Connect>(open.event.what);
    what.duration = now - what.started;
    if (what.duration < what.slow) continue;
    if (!open.announced) {
      open.announced = true;
      what.to.service = service_name(what.to);
      what.stack = open.stack();
      live_.on_live(Connects::Live::kFirst, open.event);
      next_live_ = now + kTick;
    } else if (longest == nullptr) {
      longest = &open.event;
    }
  }
  if (longest == nullptr || now < next_live_) return;
  live_.on_live(Connects::Live::kStill, *longest);
  next_live_ = now + kTick;
}

void ConnectLog::finish(std::chrono::nanoseconds now, bool killed) {
  for (auto& [position, open] : open_) {
    auto& what = std::get<Connect>(open.event.what);
    open.event.at = now;
    what.duration = open.event.at - what.started;
    if (!what.blocking && !killed) {
      what.fate = Connect::Fate::kAbandoned;
      what.settled_by = "exit";
    }
    what.to.service = service_name(what.to);
    what.stack = open.stack();
    sink_.emit(open.event);
  }
  open_.clear();
}

}  // namespace ttrace::preload
