// What the library wrote to a file by itself, without ttrace (LD_PRELOAD, TTRACE_OUTPUT), as a
// recorded run. The stacks in it get their names now, from this machine's files.
#pragma once

#include <deque>

#include "tracer/preload/events.h"
#include "tracer/recording/recorded_run.h"
#include "tracer/session/event_sink.h"

namespace ttrace::preload {

class ChannelRecording : public RecordedRun {
 public:
  /// UserError if `path` is no channel, or one of another version.
  explicit ChannelRecording(const std::string& path);

  const RecordingStart& start() const override { return start_; }
  std::optional<Event> next() override;
  RunInfo info() const override;

 private:
  bool read_more();
  void name_command(const std::vector<std::byte>& record);

  RunOptions options_;  // the library had none: all is at its default
  std::deque<Event> ready_;
  EventSink sink_;
  ChannelReader channel_;
  EventMaker events_;
  RecordingStart start_;
  std::chrono::nanoseconds last_{0};  // since the beginning
  bool finished_ = false;
};

}  // namespace ttrace::preload
