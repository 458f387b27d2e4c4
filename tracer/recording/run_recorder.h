// The recording of one run, if --record asks for one.
#pragma once

#include <optional>

#include "analyzers/event.h"
#include "analyzers/run_info.h"
#include "tracer/cli/options.h"
#include "tracer/recording/recorder.h"

namespace ttrace {

class RunRecorder {
 public:
  /// UserError when the file cannot be written; nothing has run then.
  explicit RunRecorder(const RunOptions& options);

  void on_begin(const RunInfo& info);
  void on_event(const Event& event);
  /// UserError if anything could not be written, at any time. Call once.
  void finish(const RunInfo& info);

 private:
  const RunOptions& options_;
  std::optional<Recorder> recorder_;
};

}  // namespace ttrace
