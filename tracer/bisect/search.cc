#include "tracer/bisect/search.h"

namespace ttrace {

bool Search::look(std::int64_t second) {
  if (seen_.contains(second)) return true;
  if (!outcomes_.look(second)) {
    cut_ = true;
    return false;
  }
  seen_.insert(second);
  return true;
}

/// `low` and `high` are known. `at_its_end`: a change is most likely at `high` itself.
void Search::narrow(std::int64_t low, std::int64_t high, bool at_its_end) {
  if (!outcomes_.differ(low, high)) return;
  if (steps_.size() >= most_) cut_ = true;
  const std::int64_t middle = at_its_end ? high - 1 : low + (high - low) / 2;
  if (high - low == 1 || cut_ || !look(middle)) {
    steps_.push_back({low, high});
    return;
  }
  narrow(low, middle, false);
  narrow(middle, high, false);
}

std::vector<Step> Search::find(const std::vector<std::int64_t>& samples) {
  for (const std::int64_t second : samples) {
    if (!look(second)) break;
  }
  for (std::size_t i = 1; i < samples.size() && seen_.contains(samples[i]); ++i) {
    narrow(samples[i - 1], samples[i], true);
  }
  return std::move(steps_);
}

}  // namespace ttrace
