#include "tracer/audit/run/dynamic.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <utility>

#include "tracer/audit/run/call_watch.h"
#include "tracer/audit/run/pool.h"
#include "tracer/audit/run/run_table.h"
#include "tracer/audit/run/select.h"
#include "tracer/base/result.h"
#include "tracer/engine/init_cgroup.h"

namespace ttrace::audit {
namespace {

constexpr std::array kEnvironment = {
    std::pair{"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
    std::pair{"HOME", "/root"}, std::pair{"USER", "root"}, std::pair{"LOGNAME", "root"},
    std::pair{"SHELL", "/bin/sh"}, std::pair{"LC_ALL", "C.UTF-8"}, std::pair{"TERM", "dumb"},
    // The order of a hash's keys is chance otherwise (perlrun(1), python3(1)).
    std::pair{"PERL_HASH_SEED", "0"}, std::pair{"PYTHONHASHSEED", "0"}};

constexpr const char* kNotWatched =
    "calls that do not fail are not seen here, so none is told as \"reached and fine\": see "
    "`ttrace "
    "doctor`; of `/` they never are";

// A job is four runs at most, each of which may take some seconds to be ended.
std::chrono::seconds patience(const RunSettings& settings) {
  const auto limit = std::chrono::duration_cast<std::chrono::seconds>(settings.limit);
  return 4 * (limit + std::chrono::seconds(5)) + std::chrono::seconds(30);
}

/// No terminal, no input, an environment that is the same everywhere.
void become_like_a_daemon() {
  setsid();
  umask(022);
  const int null = open("/dev/null", O_RDWR);
  for (int fd = 0; fd < 3; ++fd) (void)dup2(null, fd);
  clearenv();
  for (const auto& [name, value] : kEnvironment) setenv(name, value, 1);
}

/// The functions that the static findings of a tree are about.
std::vector<std::string> functions_of(Store& store, std::int64_t tree) {
  std::vector<std::string> functions;
  Statement select(store.database(),
                   "SELECT DISTINCT symbol FROM finding JOIN file ON file.id = finding.file "
                   "WHERE tree = ? AND pass <> 'run' ORDER BY symbol");
  select << tree;
  while (select.step()) functions.emplace_back(select.text(0));
  return functions;
}

/// A worker's own control group, by which its calls are known: the runs have theirs below it.
class OwnCalls {
 public:
  explicit OwnCalls(const CallWatch& watch) : watch_(watch), is_inside_(cgroup_.enter()) {}
  std::vector<std::string> take() const {
    return is_inside_ ? watch_.called(cgroup_.id()) : std::vector<std::string>();
  }

 private:
  const CallWatch& watch_;
  InitCgroup cgroup_;
  bool is_inside_;
};

JobResult result_of(const std::optional<std::string>& answer) {
  JobResult lost;
  lost.changes.emplace_back("ttrace itself died of it, or it could not be ended in time");
  if (!answer) return lost;
  try {
    return job_result_from_json(*answer);
  } catch (const std::exception&) {
    return lost;
  }
}

void check_privileges() {
  if (geteuid() == 0) return;
  throw UserError("--run takes root: programs are run where they can reach nothing of the machine",
                  "try sudo; without --run the audit only reads");
}

}  // namespace

void run_programs(Store& store, const Place& place, const RunPlan& plan) {
  if (place.tree.kind == "archive") return;
  check_privileges();
  const std::vector<Job> jobs = jobs_of(store, place, plan);
  std::uint64_t done = 0;
  Pool::Plan work;
  work.jobs = jobs.size();
  work.workers = plan.workers;
  work.most_workers = plan.most_workers;
  work.limit = patience(plan.settings);
  work.stop = plan.stop;
  const std::vector<std::string> functions = functions_of(store, place.row);
  const CallWatch watch(root_of(place), functions, std::max(plan.workers, plan.most_workers));
  if (!watch.is_on() && !functions.empty() && plan.warn) plan.warn(kNotWatched);
  std::optional<OwnCalls> calls;  // in a worker
  work.prepare = [&] {
    become_like_a_daemon();
    calls.emplace(watch);
  };
  work.work = [&](std::size_t job) {
    return to_json(try_job(jobs[job], plan.settings, [&] { return calls->take(); }));
  };
  work.done = [&](std::size_t job, const std::optional<std::string>& answer) {
    write_result(store, jobs[job], result_of(answer));
    if (plan.progress) plan.progress(++done, jobs.size());
  };
  Pool(work).run();
  const InitCgroup sweeper;  // removes those of the workers
}

}  // namespace ttrace::audit
