// The options of a run as they were given: declared once for CLI11, shared by each subcommand that
// runs a command or watches a process as `ttrace run` does.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tracer/cli/command_line.h"
#include "tracer/cli/declare.h"
#include "tracer/cli/options.h"
#include "tracer/cli/output_choice.h"

namespace CLI {
class App;
}

namespace ttrace {

/// Every one that may be repeated counts by its last.
struct Given {
  std::optional<std::string> clock, rate, file_times, kernel, analyze, engine, user, root, slow,
      timeout, stack_depth, core_pattern, baseline, record;
  bool root_writable = false, init = false, no_stacks = false;
  GivenLook look;
  bool help = false, version = false;
  OutputChoice outputs;
  std::vector<std::string> connect_rules, crash_rules;
};

/// Declares all of them to `app`, which fills `given` when it parses.
void declare(CLI::App& app, Given& given);

/// Declares those alone that are about the report.
void declare_report(CLI::App& app, Given& given);

/// Has `app` parse options that split_words() has checked. UserError for what is wrong.
void parse_options(CLI::App& app, std::vector<std::string> words);

/// The text that --help (`help`), --version or `--analyze help` asks for, if one was given.
std::optional<PrintText> asked_for_text(const Given& given, std::string (*help)());

/// Checks all options and turns them into those of a run without a command. UserError.
RunOptions watch_options(Given& given, const ParseContext& context);

/// The same for a run of `command`.
RunOptions run_options(Given& given, std::vector<std::string> command, const ParseContext& context);

}  // namespace ttrace
