// The search for the seconds at which an outcome changes: it knows nothing of runs, so that it can
// be tested with any function of time.
//
// Moments are sampled first: both ends and those at which clocks are known to run over. Where two
// neighbours differ, the change lies between them: most likely at the very moment that was sampled,
// so the second before it is looked at next, and only then is the rest halved. Where neighbours are
// the same nothing is looked for: a change that goes back before the next sample is not seen.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <vector>

namespace ttrace {

/// A change of the outcome after the second `low` and at `high` at the latest; when the search came
/// to its end, high - low is 1 and `high` the first second of the new outcome.
struct Step {
  std::int64_t low = 0, high = 0;
};

class Search {
 public:
  struct Outcomes {
    /// Finds what happens at a second; false: the search was asked to end.
    std::function<bool(std::int64_t)> look;
    /// True if what happened at two seconds that were looked at differs. It need not be transitive.
    std::function<bool(std::int64_t, std::int64_t)> differ;
  };
  /// Stops looking once there are `most` steps: an outcome that follows the clock has no end of
  /// them.
  Search(Outcomes outcomes, std::size_t most) : outcomes_(std::move(outcomes)), most_(most) {}

  /// The steps between the first and the last of `samples`, which are sorted and distinct, in order
  /// of time.
  std::vector<Step> find(const std::vector<std::int64_t>& samples);

  /// How many seconds were looked at; `look` was called once for each.
  std::size_t looked_at() const { return seen_.size(); }
  /// It did not come to its end.
  bool is_cut() const { return cut_; }

 private:
  bool look(std::int64_t second);
  void narrow(std::int64_t low, std::int64_t high, bool at_its_end);

  Outcomes outcomes_;
  std::size_t most_;
  std::set<std::int64_t> seen_;
  std::vector<Step> steps_;
  bool cut_ = false;
};

}  // namespace ttrace
