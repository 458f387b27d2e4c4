#include "tracer/cli/bisect_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "tracer/base/result.h"
#include "tracer/cli/commands.h"
#include "tracer/cli/given.h"
#include "tracer/cli/help.h"
#include "tracer/cli/split.h"
#include "tracer/clock/when.h"
#include "tracer/engine/launch.h"

namespace ttrace {
namespace {

/// Past the last of the moments that are within the life of what is built today.
constexpr const char* kDefaultEnd = "2110-01-01T00:00:00Z";

WallTime whole_second(const char* option, const std::string& text, WallTime now) {
  try {
    return {parse_when(text, now).s, 0};
  } catch (const UserError& error) {
    throw UserError(fmt::format("{}: {}", option, error.what()), error.hint());
  }
}

void check_can_be_bisected(const BisectOptions& options) {
  if (options.from.s >= options.to.s) {
    throw UserError(fmt::format("--from {} is not before --to {}", format_utc(options.from),
                                format_utc(options.to)),
                    "the search goes forward in time");
  }
  for (const OutputSpec& spec : options.run.outputs) {
    if (spec.format == "text" || spec.format == "json") continue;
    throw UserError(fmt::format("bisect cannot write {}", spec.format), "it writes text or json");
  }
  if (options.run.baseline) {
    throw UserError("bisect reports no findings to compare with a baseline", "drop --baseline");
  }
  const std::string& command = options.run.command.front();
  if (is_tracer_command(command)) {
    throw UserError(fmt::format("{} is itself a tracer, and tracers cannot be nested", command),
                    "bisect the command that it runs");
  }
}

}  // namespace

CommandLine parse_bisect(const std::vector<std::string>& words, const ParseContext& context) {
  CLI::App app;
  Given given;
  declare(app, given);
  std::string from = "now", to = kDefaultEnd;
  app.add_option("--from", from)->take_last();
  app.add_option("--to", to)->take_last();
  SplitWords split = split_words(app, words);
  parse_options(app, split.options);
  if (const auto text = asked_for_text(given, bisect_help_text)) return *text;
  if (given.clock) {
    throw UserError("bisect sets the clock itself", "give the span to search by --from and --to");
  }
  BisectOptions options;
  options.from = whole_second("--from", from, context.now);
  options.to = whole_second("--to", to, context.now);
  given.clock = fmt::format("@{}", options.from.s);
  options.run = run_options(given, std::move(split.command), context);
  check_can_be_bisected(options);
  return options;
}

}  // namespace ttrace
