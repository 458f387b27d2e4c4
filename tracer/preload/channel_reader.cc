#include "tracer/preload/channel_reader.h"

#include <fmt/format.h>

#include <cstring>

#include "tracer/base/result.h"

namespace ttrace::preload {

ChannelReader::ChannelReader(const std::string& path, Of of)
    : map_(path, kChannelSize,
           of == Of::kRun ? SharedMap::Writes::kShared : SharedMap::Writes::kPrivate),
      head_(reinterpret_cast<Head*>(map_.data())) {
  if (of == Of::kFile) {
    if (head_->version == kChannelVersion && head_->ring_size == kRingSize) return;
    throw UserError(fmt::format("{} was written by another version of the library", path),
                    "use the ttrace that it came with");
  }
  head_->version = kChannelVersion;
  head_->ring_size = kRingSize;
  __atomic_store_n(&head_->magic, kChannelMagic, __ATOMIC_RELEASE);
}

bool begins_channel(std::string_view bytes) {
  return bytes.size() >= sizeof kChannelMagic &&
         std::memcmp(bytes.data(), &kChannelMagic, sizeof kChannelMagic) == 0;
}

const Record* ChannelReader::record_at(u64 position) const {
  const auto* const ring = reinterpret_cast<const std::byte*>(head_) + kRingOffset;
  return reinterpret_cast<const Record*>(ring + (position & (kRingSize - 1)));
}

bool ChannelReader::is_complete(u64 position) const {
  return __atomic_load_n(&record_at(position)->position, __ATOMIC_ACQUIRE) == position + 1;
}

// From a record that will never be complete to the next one that is.
bool ChannelReader::skip_to_next() {
  const u64 end = __atomic_load_n(&head_->head, __ATOMIC_ACQUIRE);
  for (u64 at = tail_ + kRecordAlign; at < end && at - tail_ < kRingSize; at += kRecordAlign) {
    if (!is_complete(at)) continue;
    ++broken_;
    tail_ = at;
    return true;
  }
  return false;
}

std::optional<std::vector<std::byte>> ChannelReader::next(bool at_end) {
  for (;;) {
    if (!is_complete(tail_) && !(at_end && skip_to_next())) return std::nullopt;
    const Record* const record = record_at(tail_);
    const u32 size = record->size;
    const u32 left = kRingSize - static_cast<u32>(tail_ & (kRingSize - 1));
    const bool sound = size >= sizeof(Record) && size <= left;
    std::vector<std::byte> copy(sound ? size : 0);
    if (sound) std::memcpy(copy.data(), record, size);
    if (!sound) ++broken_;
    tail_ += sound ? (size + kRecordAlign - 1) / kRecordAlign * kRecordAlign : kRecordAlign;
    __atomic_store_n(&head_->tail, tail_, __ATOMIC_RELEASE);
    if (sound && as<Record>(copy)->kind != Kind::kPadding) return copy;
  }
}

u32 ChannelReader::counter(u32 index) const {
  if (index >= kCounterCount) return 0;
  const auto* const counters =
      reinterpret_cast<const u32*>(reinterpret_cast<const std::byte*>(head_) + kCountersOffset);
  return __atomic_load_n(counters + index, __ATOMIC_RELAXED);
}

u64 ChannelReader::dropped() const {
  const u64 told = is_damaged() ? 0 : __atomic_load_n(&head_->dropped, __ATOMIC_RELAXED);
  return told + broken_;
}

// The tail is the reader's alone.
bool ChannelReader::is_damaged() const {
  return map_.was_cut() || head_->magic != kChannelMagic || head_->version != kChannelVersion ||
         head_->ring_size != kRingSize || head_->tail != tail_ || head_->head < tail_;
}

}  // namespace ttrace::preload
