// Which commands the dynamic pass tries in a tree.
#pragma once

#include <vector>

#include "tracer/audit/place.h"
#include "tracer/audit/run/dynamic.h"
#include "tracer/audit/run/job.h"

namespace ttrace::audit {

/// Where the programs of a tree are run: in its own root, else in the machine's.
std::string root_of(const Place& place);

/// Of each program and script that this machine can run: --version and --help; and the share's
/// commands of the corpus. Without those that the database has.
std::vector<Job> jobs_of(Store& store, const Place& place, const RunPlan& plan);

}  // namespace ttrace::audit
