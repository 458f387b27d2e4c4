// The tracer's end of the channel. What is in it was written by the targets: every size and place
// is checked, and each record is copied before it is looked at.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "preload/library/channel.h"
#include "tracer/preload/shared_map.h"

namespace ttrace::preload {

class ChannelReader {
 public:
  enum class Of {
    kRun,   // empty so far: it is made ready, and emptied as it is read
    kFile,  // what programs wrote without ttrace: it stays as it is
  };
  /// Maps the channel at `path`. UserError if it cannot be.
  ChannelReader(const std::string& path, Of of);

  Head& head() { return *head_; }

  /// The next whole record, its header first; nullopt: there is none yet. `at_end`: all writers
  /// are gone, and what is not complete never will be.
  std::optional<std::vector<std::byte>> next(bool at_end);

  /// A counter's value now; 0 for what is none.
  u32 counter(u32 index) const;

  /// Records that were lost: no room for them, or their writers died as they wrote.
  u64 dropped() const;

  /// A target cut the channel short or wrote over it, and more may be lost than is counted.
  bool is_damaged() const;

 private:
  const Record* record_at(u64 position) const;
  bool is_complete(u64 position) const;
  bool skip_to_next();

  SharedMap map_;
  Head* head_;
  u64 tail_ = 0;
  u64 broken_ = 0;
};

/// Whether a file that begins with `bytes` is a channel, of whatever version.
bool begins_channel(std::string_view bytes);

/// The record as what its kind says; nullptr: it is too short for that.
template <typename T>
const T* as(const std::vector<std::byte>& record) {
  return record.size() < sizeof(T) ? nullptr : reinterpret_cast<const T*>(record.data());
}

/// A time in a record, in nanoseconds. A target may have written anything there: what no clock says
/// is brought to where sums and differences of a few such times do not overflow.
inline std::chrono::nanoseconds moment(i64 nanoseconds) {
  constexpr i64 kFurthest = i64{1} << 60;  // 36 years
  return std::chrono::nanoseconds(std::clamp<i64>(nanoseconds, 0, kFurthest));
}

}  // namespace ttrace::preload
