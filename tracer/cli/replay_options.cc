#include "tracer/cli/replay_options.h"

#include <CLI/CLI.hpp>

#include "tracer/base/result.h"
#include "tracer/cli/commands.h"
#include "tracer/cli/given.h"
#include "tracer/cli/help.h"
#include "tracer/cli/split.h"

namespace ttrace {
namespace {

constexpr const char* kHint =
    "ttrace report [-f FORMAT] [-o FILE] RECORDING; `ttrace report --help`";

}  // namespace

CommandLine parse_report(const std::vector<std::string>& words, const ParseContext& context) {
  CLI::App app;
  Given given;
  declare_report(app, given);
  // No command follows, so that options may stand on either side of RECORDING.
  std::vector<std::string> options, files;
  for (SplitWords split = split_words(app, words);;) {
    options.insert(options.end(), split.options.begin(), split.options.end());
    if (split.command.empty()) break;
    files.push_back(split.command.front());
    split = split_words(app, {split.command.begin() + 1, split.command.end()});
  }
  parse_options(app, std::move(options));
  if (const auto text = asked_for_text(given, report_help_text)) return *text;
  if (files.size() != 1) {
    throw UserError(files.empty() ? "there is no RECORDING to report on"
                                  : "only one recording can be reported on at a time",
                    kHint);
  }
  return ReplayOptions{files.front(), watch_options(given, context), given.analyze.has_value()};
}

}  // namespace ttrace
