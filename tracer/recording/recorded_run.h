// A run that was kept in a file, whoever wrote it: what it was made with, its events, its facts.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "tracer/recording/record.h"

namespace ttrace {

class RecordedRun {
 public:
  virtual ~RecordedRun() = default;
  virtual const RecordingStart& start() const = 0;
  /// The next event, in order. Nothing: there are no more.
  virtual std::optional<Event> next() = 0;
  /// Once next() has given nothing: the facts of the whole run, as far as they are known.
  virtual RunInfo info() const = 0;
};

/// A file of --record, or one that the preload library wrote without ttrace. UserError if `path`
/// cannot be read or is neither.
std::unique_ptr<RecordedRun> open_recorded_run(const std::string& path);

}  // namespace ttrace
