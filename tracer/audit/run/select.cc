#include "tracer/audit/run/select.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <array>

#include "tracer/abi/abi.h"
#include "tracer/audit/run/run_table.h"

namespace ttrace::audit {
namespace {

constexpr std::array kTried = {"--version", "--help"};

bool is_executable(const std::string& path) {
  struct stat st {};
  return stat(path.c_str(), &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & S_IXUSR) != 0;
}

/// As a program of that root names it.
std::string path_in_root(const Place& place, const std::string& path) {
  const std::string on_machine = place.on_machine(path);
  return on_machine.starts_with(place.root + "/") ? on_machine.substr(place.root.size())
                                                  : on_machine;
}

/// What a command's result depends on beside the command: to be run again when it changes.
std::string stamp_of(const RunPlan& plan, std::int64_t a, std::int64_t b, std::int64_t c) {
  return fmt::format("{} {} {} at {}", a, b, c, plan.settings.later);
}

std::vector<Job> of_programs(Store& store, const Place& place, const RunPlan& plan) {
  std::vector<Job> jobs;
  Statement select(store.database(),
                   "SELECT path, size, mtime_ns, inode FROM file WHERE tree = ? AND asked AND "
                   "(kind = 'script' OR kind IN ('program', 'static') AND instr(?, machine) > 0) "
                   "ORDER BY path");
  const std::string machines = traced_names();
  select << place.row << machines;
  while (select.step()) {
    const std::string path(select.text(0));
    if (!is_executable(place.on_machine(path))) continue;
    const std::string stamp = stamp_of(plan, select.number(1), select.number(2), select.number(3));
    const std::string program = path_in_root(place, path);
    for (const char* const option : kTried) {
      jobs.push_back({place.row,
                      root_of(place),
                      {program, option},
                      fmt::format("{} {}", program, option),
                      path,
                      stamp});
    }
  }
  return jobs;
}

void add_corpus(Store& store, const Place& place, const RunPlan& plan, std::vector<Job>& jobs) {
  Statement sums(store.database(),
                 "SELECT count(*), total(size), max(mtime_ns) FROM file WHERE tree = ?");
  sums << place.row;
  sums.step();
  const std::string stamp = stamp_of(plan, sums.number(0), sums.number(1), sums.number(2));
  for (const std::string& command : plan.corpus) {
    if (!plan.shard.has(command)) continue;
    jobs.push_back({place.row, root_of(place), {"sh", "-c", command}, command, "", stamp});
  }
}

}  // namespace

std::string root_of(const Place& place) { return place.root.empty() ? "/" : place.root; }

std::vector<Job> jobs_of(Store& store, const Place& place, const RunPlan& plan) {
  std::vector<Job> jobs = of_programs(store, place, plan);
  add_corpus(store, place, plan, jobs);
  const auto known = commands_run(store, place.row);
  std::erase_if(jobs, [&](const Job& job) { return known.contains({job.command, job.stamp}); });
  return jobs;
}

}  // namespace ttrace::audit
