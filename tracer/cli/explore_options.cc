#include "tracer/cli/explore_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "tracer/base/result.h"
#include "tracer/cli/commands.h"
#include "tracer/cli/given.h"
#include "tracer/cli/help.h"
#include "tracer/cli/split.h"
#include "tracer/engine/launch.h"

namespace ttrace {
namespace {

constexpr const char* kDefaultFault = "timeout:20s";

bool contains(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

/// Takes the words that are a FAULT alone out of those given to --connect, each once; the default
/// if there are none. UserError for one that cannot be parsed.
std::vector<std::string> take_faults(std::vector<std::string>& connects) {
  std::vector<std::string> faults, rules;
  for (const std::string& word : connects) {
    if (!is_connect_fault(word)) {
      rules.push_back(word);
      continue;
    }
    (void)parse_connect_fault(word);
    if (!contains(faults, word)) faults.push_back(word);
  }
  connects = std::move(rules);
  if (faults.empty()) faults.emplace_back(kDefaultFault);
  return faults;
}

/// What is wrong with these options for an exploration (UserError), and what they lack for one.
void prepare_to_explore(RunOptions& options) {
  for (const OutputSpec& spec : options.outputs) {
    if (spec.format == "text" || spec.format == "json") continue;
    throw UserError(fmt::format("explore cannot write {}", spec.format), "it writes text or json");
  }
  if (options.baseline) {
    throw UserError("explore reports no findings to compare with a baseline", "drop --baseline");
  }
  if (is_tracer_command(options.command.front())) {
    throw UserError(
        fmt::format("{} is itself a tracer, and tracers cannot be nested", options.command.front()),
        "explore the command that it runs");
  }
  if (!contains(options.analyzers, "connect")) options.analyzers.emplace_back("connect");
}

}  // namespace

CommandLine parse_explore(const std::vector<std::string>& words, const ParseContext& context) {
  CLI::App app;
  Given given;
  declare(app, given);
  SplitWords split = split_words(app, words);
  parse_options(app, split.options);
  if (const auto text = asked_for_text(given, explore_help_text)) return *text;
  ExploreOptions explore;
  explore.faults = take_faults(given.connect_rules);
  explore.run = run_options(given, std::move(split.command), context);
  prepare_to_explore(explore.run);
  return explore;
}

}  // namespace ttrace
