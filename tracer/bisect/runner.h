// Runs the command of a bisection at any second.
#pragma once

#include <cstdint>
#include <optional>

#include "tracer/bisect/observation.h"
#include "tracer/cli/options.h"
#include "tracer/explore/repeat.h"

namespace ttrace {

class Runner {
 public:
  explicit Runner(const RunOptions& options);

  /// The run whose clock starts at `second`. nullopt: it was interrupted, and so will all others
  /// be. UserError when the command cannot be run.
  std::optional<Observation> run(std::int64_t second);

  std::size_t runs() const { return runs_; }
  bool stopped() const { return stopped_ || StopRequests::is_stopped(); }
  /// As main() returns it.
  int first_status() const { return first_status_; }

 private:
  void learn_from_first(const RunResult& first);

  RunOptions options_;
  Input input_;
  std::size_t runs_ = 0;
  bool stopped_ = false;
  int first_status_ = 0;
};

}  // namespace ttrace
