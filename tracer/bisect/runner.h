// Runs the command of a bisection at any second.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tracer/bisect/observation.h"
#include "tracer/cli/options.h"
#include "tracer/explore/repeat.h"

namespace ttrace {

/// What an Observation leaves out.
struct RunDetails {
  std::vector<Finding> findings;
  std::set<std::string> executed;  // programs, as the command sees their paths
};

class Runner {
 public:
  /// `contained`: where each run can reach nothing of the machine, in `directory`.
  explicit Runner(const RunOptions& options, bool contained = false, std::string directory = "");

  /// The run whose clock starts at `second`. nullopt: it was interrupted, and so will all others
  /// be. UserError when the command cannot be run.
  std::optional<Observation> run(std::int64_t second, RunDetails* details = nullptr);

  std::size_t runs() const { return runs_; }
  bool stopped() const { return stopped_ || StopRequests::is_stopped(); }
  /// As main() returns it.
  int first_status() const { return first_status_; }

 private:
  void learn_from_first(const RunResult& first);

  RunOptions options_;
  bool contained_;
  std::string directory_;
  Input input_;
  std::size_t runs_ = 0;
  bool stopped_ = false;
  int first_status_ = 0;
};

}  // namespace ttrace
