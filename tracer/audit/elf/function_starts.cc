#include "tracer/audit/elf/function_starts.h"

#include <algorithm>
#include <limits>

namespace ttrace::audit {
namespace {

// So that a bucket has one start at most, mostly.
constexpr std::size_t kBucketsForEach = 4;

}  // namespace

FunctionStarts::FunctionStarts(std::vector<std::uint64_t> starts, std::size_t most)
    : starts_(std::move(starts)) {
  std::sort(starts_.begin(), starts_.end());
  starts_.erase(std::unique(starts_.begin(), starts_.end()), starts_.end());
  starts_.resize(std::min(starts_.size(), most));
  if (starts_.empty()) return;
  const std::uint64_t span = starts_.back() - starts_.front();
  while (span >> shift_ > starts_.size() * kBucketsForEach) ++shift_;
  first_.reserve(static_cast<std::size_t>(span >> shift_) + 2);
  for (std::uint32_t i = 0; i < starts_.size(); ++i) {
    const std::uint64_t bucket = (starts_[i] - starts_.front()) >> shift_;
    while (first_.size() <= bucket) first_.push_back(i);
  }
  first_.push_back(static_cast<std::uint32_t>(starts_.size()));
}

std::size_t FunctionStarts::of(std::uint64_t address) const {
  if (starts_.empty() || address < starts_.front()) return kNone;
  if (address >= starts_.back()) return starts_.size() - 1;
  const auto bucket = static_cast<std::size_t>((address - starts_.front()) >> shift_);
  const auto next = std::upper_bound(starts_.begin() + first_[bucket],
                                     starts_.begin() + first_[bucket + 1], address);
  return static_cast<std::size_t>(next - starts_.begin()) - 1;
}

std::uint64_t FunctionStarts::end(std::size_t function) const {
  return function + 1 < starts_.size() ? starts_[function + 1]
                                       : std::numeric_limits<std::uint64_t>::max();
}

}  // namespace ttrace::audit
