// The dynamic pass (--run): each program of a tree, and the commands of a corpus, run today and
// past the limit, contained, on all cores; what has been run stays in the database.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "tracer/audit/place.h"
#include "tracer/audit/run/try_job.h"
#include "tracer/audit/shard.h"
#include "tracer/audit/store/store.h"

namespace ttrace::audit {

struct RunPlan {
  std::vector<std::string> corpus;  // commands of sh
  RunSettings settings;
  Shard shard;
  unsigned workers = 1;
  unsigned most_workers = 1;                // while those leave processors idle
  const std::atomic<bool>* stop = nullptr;  // set by Ctrl-C
  std::function<void(std::uint64_t done, std::uint64_t all)> progress;
  std::function<void(const std::string& loss)> warn;
};

/// Runs what the database does not have yet; `place` has been scanned. Takes root (UserError). Of
/// an archive nothing is run.
void run_programs(Store& store, const Place& place, const RunPlan& plan);

}  // namespace ttrace::audit
