#include "analyzers/report/timeline.h"

#include <fmt/format.h>

#include <algorithm>

#include "analyzers/connect_wording.h"
#include "analyzers/event_text.h"

namespace ttrace {
namespace {

// A program that still runs; take() ends it.
constexpr std::chrono::nanoseconds kOpen{-1};

std::string lane_name(const ProcessRef& process) {
  return fmt::format("{}[{}]", process.comm, process.pid);
}

int severity_of(const Connect& connect) {
  if (connect.duration < connect.slow && connect.fate == Connect::Fate::kEnded) return 0;
  return connect.error == 0 ? 1 : 2;
}

}  // namespace

bool Timeline::has_room() {
  if (spans_ < kMaxSpans) {
    ++spans_;
    return true;
  }
  ++dropped_;
  return false;
}

Timeline::Lane* Timeline::lane_of(const Event& event) {
  const int pid = event.process.pid;
  if (const auto found = living_.find(pid); found != living_.end()) return &lanes_[found->second];
  if (lanes_.size() == kMaxLanes) {
    ++dropped_;
    return nullptr;
  }
  living_.emplace(pid, lanes_.size());
  lanes_.push_back({pid, lane_name(event.process), {}, {}});
  begin_program(lanes_.back(), event);
  return &lanes_.back();
}

void Timeline::begin_program(Lane& lane, const Event& event) {
  lane.name = lane_name(event.process);
  if (has_room()) lane.programs.push_back({event.at, kOpen, event.process.comm, "", 0});
}

void Timeline::end_program(Lane& lane, const Event& event, const std::string& how) {
  if (lane.programs.empty() || lane.programs.back().length != kOpen) return;
  Span& span = lane.programs.back();
  span.length = event.at - span.start;
  span.end = how;
}

void Timeline::add_connect(Lane& lane, const Connect& connect, const std::string& text) {
  if (!has_room()) return;
  // One that was under way at an attach is shown from there; the text says how long it took.
  const auto start = std::max(connect.started, connect.started.zero());
  lane.connects.push_back({start, connect.started + connect.duration - start,
                           "connect to " + endpoint_text(connect.to), text, severity_of(connect)});
}

void Timeline::on_event(const Event& event) {
  Lane* const lane = lane_of(event);
  if (lane == nullptr) return;
  if (std::holds_alternative<ProcessExeced>(event.what)) {
    if (!lane->programs.empty() && lane->programs.back().start == event.at) return;
    end_program(*lane, event, "executes " + event.process.comm);
    begin_program(*lane, event);
  } else if (const auto* const exited = std::get_if<ProcessExited>(&event.what)) {
    end_program(*lane, event, exit_text(exited->code, exited->signal));
    living_.erase(event.process.pid);
  } else if (const auto* const connect = std::get_if<Connect>(&event.what)) {
    add_connect(*lane, *connect, event_text(event));
  }
}

std::vector<Timeline::Lane> Timeline::take(std::chrono::nanoseconds duration) {
  for (Lane& lane : lanes_) {
    for (Span& span : lane.programs) {
      if (span.length == kOpen) span.length = std::max(duration - span.start, duration.zero());
    }
  }
  return std::move(lanes_);
}

}  // namespace ttrace
