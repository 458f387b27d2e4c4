// The options of `ttrace audit`: declared, checked, turned into AuditOptions.
#include "tracer/cli/audit_options.h"

#include <sched.h>

#include <charconv>

#include "analyzers/audit/renderer.h"
#include "tracer/cli/commands.h"
#include "tracer/cli/declare.h"
#include "tracer/cli/given.h"
#include "tracer/cli/help.h"
#include "tracer/cli/output_choice.h"
#include "tracer/clock/duration.h"
#include "tracer/clock/when.h"

namespace ttrace {
namespace {

constexpr unsigned kMaxJobs = 1024;
constexpr unsigned kMaxShards = 100'000;
constexpr const char* kPastTheLimit = "2038-01-19";  // noon

struct AuditGiven {
  std::optional<std::string> database, baseline, shard, jobs, clock, timeout;
  std::vector<std::string> corpus;
  bool run = false, merge = false, help = false, version = false;
  std::vector<std::string> paths;
  GivenLook look;
  OutputChoice outputs{format_names(audit::formats())};
};

void declare(CLI::App& app, AuditGiven& given) {
  app.set_help_flag();
  add_text(app, "--db", given.database);
  add_text(app, "--baseline", given.baseline);
  add_text(app, "--shard", given.shard);
  add_text(app, "-j,--jobs", given.jobs);
  app.add_flag("--merge", given.merge);
  app.add_flag("--run", given.run);
  add_value(app, "--corpus", [&given](const std::string& v) { given.corpus.push_back(v); });
  add_text(app, "--clock", given.clock);
  add_text(app, "--timeout", given.timeout);
  add_value(app, "-f,--format", [&given](const std::string& v) { given.outputs.format(v); });
  add_value(app, "-o,--output", [&given](const std::string& v) { given.outputs.output(v); });
  declare(app, given.look);
  app.add_flag("-h,--help", given.help);
  app.add_flag("--version", given.version);
  app.add_option("PATH", given.paths);
}

/// A whole number from 1 to `most`; 0: it is none.
unsigned number_of(std::string_view text, unsigned most) {
  unsigned number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && stop == end && number <= most ? number : 0;
}

audit::Shard parse_shard(const std::string& text) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  const audit::Shard shard{
      number_of(text.substr(0, slash), kMaxShards),
      number_of(std::string_view(text).substr(std::min(slash + 1, text.size())), kMaxShards)};
  if (shard.index > 0 && shard.index <= shard.count) return shard;
  throw UserError(fmt::format("--shard cannot be '{}'", text),
                  "it is I/N, the Ith of N shares: 1/4 to 4/4");
}

constexpr unsigned kWaiting = 8;  // commands for each processor, where most only wait

unsigned parse_jobs(const std::string& text) {
  if (const unsigned jobs = number_of(text, kMaxJobs)) return jobs;
  throw UserError(fmt::format("--jobs cannot be '{}'", text),
                  fmt::format("it is a whole number from 1 to {}", kMaxJobs));
}

unsigned usable_cores() {
  cpu_set_t cores;
  if (::sched_getaffinity(0, sizeof cores, &cores) != 0) return 1;
  return static_cast<unsigned>(std::max(CPU_COUNT(&cores), 1));
}

void check_paths(const AuditGiven& given) {
  if (!given.paths.empty()) return;
  throw UserError(given.merge ? "there is no database to merge" : "there is no PATH to audit",
                  given.merge ? "`ttrace audit --merge --db ALL.db ONE.db TWO.db`"
                              : "try `ttrace audit /`, or `ttrace audit --help`");
}

void set_runs(AuditOptions& options, AuditGiven& given, WallTime now) {
  options.run = given.run || !given.corpus.empty();
  if (!options.run && (given.clock || given.timeout)) {
    throw UserError("--clock and --timeout are for the runs of --run", "add --run, or drop them");
  }
  options.corpus = std::move(given.corpus);
  options.now = {now.s, 0};
  options.later = {parse_when(given.clock.value_or(kPastTheLimit), now).s, 0};
  if (given.timeout) options.limit = parse_duration(*given.timeout);
}

AuditOptions options_of(AuditGiven& given, const ParseContext& context) {
  check_paths(given);
  AuditOptions options;
  (given.merge ? options.merge : options.paths) = std::move(given.paths);
  options.database = given.database.value_or("");
  options.baseline = given.baseline.value_or("");
  set_runs(options, given, context.now);
  if (given.shard) options.shard = parse_shard(*given.shard);
  options.jobs = given.jobs ? parse_jobs(*given.jobs) : usable_cores();
  options.most_jobs = given.jobs ? options.jobs : options.jobs * kWaiting;
  options.outputs = given.outputs.finish();
  for (OutputSpec& spec : options.outputs) {
    if (!spec.path) spec.path = "-";  // no target's output is in the way
  }
  options.look = look_of(given.look, context.color_terminal);
  options.fail_on = fail_on_of(given.look);
  return options;
}

}  // namespace

CommandLine parse_audit(const std::vector<std::string>& words, const ParseContext& context) {
  CLI::App app;
  AuditGiven given;
  declare(app, given);
  parse_options(app, words);
  if (given.help) return PrintText{audit_help_text()};
  if (given.version) return PrintText{version_text()};
  return options_of(given, context);
}

}  // namespace ttrace
