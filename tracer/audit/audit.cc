// The passes of an audit in their order.
#include "tracer/audit/audit.h"

#include <fmt/chrono.h>
#include <signal.h>

#include <array>
#include <atomic>
#include <chrono>
#include <ctime>
#include <memory>
#include <set>

#include "analyzers/audit/renderer.h"
#include "tracer/audit/baseline.h"
#include "tracer/audit/link/linker.h"
#include "tracer/audit/packages/package_map.h"
#include "tracer/audit/place.h"
#include "tracer/audit/progress.h"
#include "tracer/audit/run/corpus.h"
#include "tracer/audit/run/dynamic.h"
#include "tracer/audit/run/run_table.h"
#include "tracer/audit/run/select.h"
#include "tracer/audit/scan.h"
#include "tracer/audit/store/store.h"
#include "tracer/cli/help.h"

namespace ttrace {
namespace {

constexpr int kFailOnStatus = 10;
constexpr int kInterruptedStatus = 130;

std::atomic<bool> stop_asked{false};

/// The first Ctrl-C ends the pass and still reports; a second one ends ttrace: what is written to
/// the database by then is whole.
void heed_signals() {
  struct sigaction action {};
  action.sa_handler = [](int) { stop_asked = true; };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(signal, &action, nullptr);
}

std::string render(const audit::Report& report, const std::string& format,
                   const ReportOptions& options) {
  for (const audit::Format& entry : audit::formats()) {
    if (entry.name == format) return entry.render(report, options);
  }
  return {};
}

bool reaches(const audit::Report& report, Level level) {
  for (const audit::File& file : report.files) {
    for (const audit::Finding& finding : file.findings) {
      if (!finding.in_baseline && finding.level >= level) return true;
    }
  }
  return false;
}

class Audit {
 public:
  explicit Audit(const AuditOptions& options) : options_(options), store_(options.database) {}

  void scan_all() {
    for (const std::string& path : options_.paths) {
      audit::Place place = audit::place_of(path);
      scan_one(place);
      if (stop_asked) return;
      scan_archives(audit::archives_in(place), place.tree.path);
      if (stop_asked) return;
    }
  }

  void merge_all() {
    for (const std::string& path : options_.merge) {
      store_.merge(path);
      audit::merge_runs(store_, path);
    }
  }

  void link() {
    if (!stop_asked) audit::link_files(store_, stop_asked);
  }

  /// Runs the programs of all paths, and says of the findings what that proved.
  void run() {
    if (!options_.run || stop_asked) return;
    audit::RunPlan plan;
    for (const std::string& path : options_.corpus) {
      for (std::string& command : audit::read_corpus(path)) plan.corpus.push_back(command);
    }
    plan.settings = {options_.now.s, options_.later.s, options_.limit};
    plan.shard = options_.shard;
    plan.workers = options_.jobs;
    plan.most_workers = options_.most_jobs;
    plan.stop = &stop_asked;
    audit::prepare_runs(store_);
    std::set<std::string> roots;
    for (const std::string& path : options_.paths) {
      audit::Place place = audit::place_of(path);
      place.row = store_.add_tree(place.tree, place.root);
      // Of several paths in one root, its corpus is tried once.
      if (!roots.insert(audit::root_of(place)).second) plan.corpus.clear();
      audit::Progress progress("running " + place.tree.path, "commands",
                               options_.look.verbosity >= 0);
      plan.progress = [&](std::uint64_t done, std::uint64_t all) { progress.show(done, all); };
      plan.warn = [](const std::string& loss) { fmt::print(stderr, "ttrace: {}\n", loss); };
      audit::run_programs(store_, place, plan);
    }
  }

  void join() {
    if (options_.run || !options_.merge.empty()) audit::join_runs(store_);
  }

  audit::Report report() {
    audit::Report report = audit::load_report(store_);
    report.run.version = version();
    report.run.started = fmt::format("{:%FT%TZ}", fmt::gmtime(started_));
    report.run.duration_s =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
    if (options_.shard.count > 1) report.run.shard = audit::shard_name(options_.shard);
    report.run.interrupted = stop_asked;
    report.run.dynamic = options_.run;
    if (!options_.baseline.empty()) audit::apply_baseline(options_.baseline, report);
    return report;
  }

 private:
  void scan_one(audit::Place& place) {
    if (place.tree.kind == "archive") return scan_archives({place}, place.tree.path);
    place.row = store_.add_tree(place.tree, place.root);
    audit::Progress progress(place.tree.path, "files", options_.look.verbosity >= 0);
    audit::scan(store_, place, packages_of(place), scan_options(progress));
  }

  void scan_archives(std::vector<audit::Place> places, const std::string& where) {
    if (places.empty()) return;
    for (audit::Place& place : places) place.row = store_.add_tree(place.tree, place.root);
    audit::Progress progress(where, "packages", options_.look.verbosity >= 0);
    audit::scan_archives(store_, places, scan_options(progress));
  }

  audit::ScanOptions scan_options(audit::Progress& progress) const {
    audit::ScanOptions scan;
    scan.shard = options_.shard;
    scan.threads = options_.jobs;
    scan.stop = &stop_asked;
    scan.progress = [&progress](std::uint64_t done, std::uint64_t all) {
      progress.show(done, all);
    };
    return scan;
  }

  /// The root's own packages, as rows of the database.
  audit::PackageOf packages_of(const audit::Place& place) {
    auto map = std::make_shared<const audit::PackageMap>(audit::read_packages(place.root));
    auto rows = std::make_shared<const std::vector<std::int64_t>>(
        store_.add_packages(place.row, map->all()));
    return [map, rows, place](const std::string& path) -> std::int64_t {
      const std::string on_machine = place.on_machine(path);
      const std::size_t index =
          map->index_of(std::string_view(on_machine).substr(place.root.size()));
      return index == audit::PackageMap::kNone ? 0 : (*rows)[index];
    };
  }

  const AuditOptions& options_;
  audit::Store store_;
  std::time_t started_ = std::time(nullptr);
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

}  // namespace

int audit_files(const AuditOptions& options) {
  Outputs outputs(options.outputs, options.look);
  heed_signals();
  Audit audit(options);
  audit.merge_all();
  audit.scan_all();
  audit.link();
  audit.run();
  audit.join();
  const audit::Report report = audit.report();
  outputs.write([&](const std::string& format, const ReportOptions& how) {
    return render(report, format, how);
  });
  if (stop_asked) return kInterruptedStatus;
  return options.fail_on && reaches(report, *options.fail_on) ? kFailOnStatus : 0;
}

}  // namespace ttrace
