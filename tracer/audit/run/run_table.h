// The dynamic pass in the database: a row for each command, and what was seen in it.
#pragma once

#include <set>
#include <string>

#include "tracer/audit/run/job.h"
#include "tracer/audit/store/store.h"

namespace ttrace::audit {

/// Makes the tables in a database that has none.
void prepare_runs(Store& store);

/// Takes in the runs of another audit's database, after its trees.
void merge_runs(Store& store, const std::string& path);

/// The commands of a tree that were run, each with its stamp.
std::set<std::pair<std::string, std::string>> commands_run(Store& store, std::int64_t tree);

/// Writes a result, in place of an older one of the same command, in one transaction.
void write_result(Store& store, const Job& job, const JobResult& result);

/// Sets the proofs of the static findings of all trees, and the findings that only runs gave, from
/// the results that the database has by now.
void join_runs(Store& store);

}  // namespace ttrace::audit
