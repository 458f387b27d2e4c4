// One place a report goes to. It is opened before the target starts, so that an unwritable place is
// known at once, and it appears whole or not at all.
#pragma once

#include <string>
#include <string_view>

namespace ttrace {

/// A regular file is written beside its final name as PATH.tmp.XXXXXX and renamed at the end; what
/// stood there before stays until then. A symbolic link is followed, not replaced. Devices, FIFOs
/// and descriptors (/dev/stderr, /dev/fd/3) are written to directly; `-` is standard output.
class ReportFile {
 public:
  /// UserError when a report cannot be written there. Waits for a reader when it is a FIFO.
  explicit ReportFile(const std::string& path);
  ReportFile(ReportFile&& other) noexcept;
  ReportFile(const ReportFile&) = delete;
  ReportFile& operator=(const ReportFile&) = delete;
  ReportFile& operator=(ReportFile&&) = delete;
  /// Removes the temporary file if finish() did not succeed.
  ~ReportFile();

  bool is_terminal() const;

  /// Writes `text` before what finish() will write. A failure is told by finish(): what writes here
  /// is in the midst of a run.
  void append(std::string_view text);

  /// Writes `text`, closes, and puts the file in its place. Once only. UserError on any failure, a
  /// full disk among them; then nothing is left behind.
  void finish(std::string_view text);

 private:
  void open_temporary(const std::string& target);

  std::string shown_;      // as the user named it
  std::string target_;     // absolute, links followed; empty: written to directly
  std::string temporary_;  // empty: there is none (any more)
  int fd_ = -1;
  int failure_ = 0;  // errno of an append() that failed
};

/// Writes all of `text`; returns 0 or the errno of the write that failed. A reader that has gone is
/// EPIPE, never a signal.
int write_all(int fd, std::string_view text);

}  // namespace ttrace
