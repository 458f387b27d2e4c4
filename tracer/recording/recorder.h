// Keeps every event of a run in a file (--record), as it comes.
#pragma once

#include <zstd.h>

#include <memory>
#include <string>
#include <string_view>

#include "tracer/base/unique_fd.h"
#include "tracer/recording/record.h"

namespace ttrace {

class Recorder {
 public:
  /// Creates `path`, or empties what is there. UserError when it cannot.
  explicit Recorder(const std::string& path);

  /// After this, what was written can be read whatever becomes of ttrace. A failure is remembered,
  /// and no more is written after it.
  void write(const Record& record);

  /// UserError if anything was not written. Call once, at the end.
  void finish();

 private:
  void write_out(std::string_view bytes, ZSTD_EndDirective how);

  struct Free {
    void operator()(ZSTD_CCtx* stream) const { ZSTD_freeCCtx(stream); }
  };
  std::string path_;
  UniqueFd fd_;
  std::unique_ptr<ZSTD_CCtx, Free> stream_;
  int error_ = 0;  // errno of the first write that failed
};

}  // namespace ttrace
