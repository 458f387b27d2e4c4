// Reads the file of --record again. It may have been cut off at any byte, damaged, or made by
// somebody else: memory is bounded, and what can be read before the first flaw is given.
#pragma once

#include <zstd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tracer/base/unique_fd.h"
#include "tracer/recording/record.h"
#include "tracer/recording/recorded_run.h"

namespace ttrace {

/// The records in a stream that comes in pieces.
class RecordParser {
 public:
  RecordParser();

  /// More of the file, from behind its header line.
  void feed(std::string_view bytes);
  /// The next record; nothing: more bytes are needed, or none will do any more (damaged()).
  std::optional<Record> next();
  bool damaged() const { return damaged_; }

 private:
  std::optional<Record> take(std::string_view from, std::size_t size);
  /// False: nothing more comes out of what was fed.
  bool inflate();

  struct Free {
    void operator()(ZSTD_DCtx* stream) const { ZSTD_freeDCtx(stream); }
  };
  std::unique_ptr<ZSTD_DCtx, Free> stream_;
  std::string packed_;  // not yet inflated
  std::size_t inflated_ = 0;
  std::size_t hint_ = 1;  // how many bytes zstd wants next
  std::string unpacked_;  // not yet parsed: one record at most, and a little
  std::size_t parsed_ = 0;
  bool broken_ = false;  // the stream: what came out of it before is good
  bool damaged_ = false;
};

class Recording : public RecordedRun {
 public:
  /// UserError if `path` cannot be read, is no recording, or is one of a version not known.
  explicit Recording(const std::string& path);

  const RecordingStart& start() const override { return start_; }
  std::optional<Event> next() override;
  /// What the end says, or as much as could be told without one, with a limit that says so.
  RunInfo info() const override;

 private:
  std::optional<Record> next_record();

  std::string path_;
  UniqueFd fd_;
  RecordParser parser_;
  RecordingStart start_;
  std::optional<RecordingEnd> end_;
  std::uint64_t events_ = 0;
  std::chrono::nanoseconds last_{0};
};

}  // namespace ttrace
