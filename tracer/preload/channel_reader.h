// The tracer's end of the channel. What is in it was written by the targets: every size and place
// is checked, and each record is copied before it is looked at.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "preload/library/channel.h"

namespace ttrace::preload {

class ChannelReader {
 public:
  /// Maps the channel at `path` and makes it ready. UserError if it cannot be.
  explicit ChannelReader(const std::string& path);
  ~ChannelReader();
  ChannelReader(const ChannelReader&) = delete;
  ChannelReader& operator=(const ChannelReader&) = delete;

  Head& head() { return *head_; }

  /// The next whole record, its header first; nullopt: there is none yet. `at_end`: all writers
  /// are gone, and what is not complete never will be.
  std::optional<std::vector<std::byte>> next(bool at_end);

  /// A counter's value now; 0 for what is none.
  u32 counter(u32 index) const;

  /// Records that were lost: no room for them, or their writers died as they wrote.
  u64 dropped() const;

 private:
  const Record* record_at(u64 position) const;
  bool is_complete(u64 position) const;
  bool skip_to_next();

  Head* head_ = nullptr;
  u64 tail_ = 0;
  u64 broken_ = 0;
};

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
