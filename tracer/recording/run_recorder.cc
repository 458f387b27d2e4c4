#include "tracer/recording/run_recorder.h"

#include "tracer/cli/output_choice.h"

namespace ttrace {

RunRecorder::RunRecorder(const RunOptions& options) : options_(options) {
  for (const OutputSpec& output : options.outputs) {
    if (output.format == kRecordingFormat) recorder_.emplace(*output.path);
  }
}

void RunRecorder::on_begin(const RunInfo& info) {
  if (recorder_) recorder_->write(RecordingStart{info, options_.analyzers, options_.stack_depth});
}

void RunRecorder::on_event(const Event& event) {
  if (recorder_) recorder_->write(event);
}

void RunRecorder::finish(const RunInfo& info) {
  if (!recorder_) return;
  recorder_->write(RecordingEnd{info});
  recorder_->finish();
}

}  // namespace ttrace
