#include "tracer/preload/channel_recording.h"

#include <algorithm>
#include <cstring>

#include "analyzers/analyzer.h"
#include "analyzers/time_text.h"
#include "tracer/preload/run_facts.h"

namespace ttrace::preload {
namespace {

constexpr const char* kRoot = "/proc/self/root";

}  // namespace

ChannelRecording::ChannelRecording(const std::string& path)
    : sink_([this](const Event& event) { ready_.push_back(event); }),
      channel_(path, ChannelReader::Of::kFile),
      events_(options_, sink_, kRoot, moment(channel_.head().began_monotonic)) {
  for (const AnalyzerEntry& entry : analyzer_registry()) start_.analyzers.emplace_back(entry.name);
  start_.stack_depth = options_.stack_depth;
  start_.info.engine = "preload";
  const std::chrono::nanoseconds began(channel_.head().began);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(began);
  start_.info.started =
      utc_text(seconds.count(), static_cast<std::int32_t>((began - seconds).count()));
}

// The first program is the one that was to be watched.
void ChannelRecording::name_command(const std::vector<std::byte>& record) {
  const auto* const program = as<ProgramRecord>(record);
  if (!start_.info.command.empty() || !program || program->record.kind != Kind::kProgram) return;
  start_.info.command.emplace_back(program->exe, strnlen(program->exe, sizeof program->exe));
}

bool ChannelRecording::read_more() {
  if (finished_) return false;
  if (const auto record = channel_.next(true)) {
    last_ = std::max(last_, moment(as<Record>(*record)->at) - events_.start());
    name_command(*record);
    events_.on_record(*record);
  } else {
    finished_ = true;
    events_.finish(channel_, last_, false);
  }
  return true;
}

std::optional<Event> ChannelRecording::next() {
  while (ready_.empty()) {
    if (!read_more()) return std::nullopt;
  }
  Event event = std::move(ready_.front());
  ready_.pop_front();
  return event;
}

RunInfo ChannelRecording::info() const {
  RunInfo info = start_.info;
  info.duration = last_;
  info.events = sink_.count();
  describe_run(events_, channel_, kRoot, info);
  info.limits.push_back(
      "the library wrote this without ttrace: how the command ended is not known, nor what became "
      "of it after the last event");
  return info;
}

}  // namespace ttrace::preload
