// From argv to what is to be done: the front door of the command line.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tracer/cli/explore_options.h"
#include "tracer/cli/options.h"

namespace ttrace {

/// Either a run, an exploration, a look at the machine, or text that was asked for (help, version,
/// a list): for standard output, after which ttrace ends with `status`.
struct CommandLine {
  std::optional<RunOptions> run;
  std::string text;
  int status = 0;
  std::optional<ExploreOptions> explore{};
  std::optional<std::string> doctor{};  // the format
};

/// What parsing depends on beside the words themselves.
struct ParseContext {
  WallTime now;
  bool color_terminal = false;  // standard error is a terminal that wants colour
};

/// Parses argv with the machine's clock and environment. UserError for anything that is wrong;
/// never prints, never exits.
CommandLine parse_command_line(int argc, char** argv);

/// The same as a function of its arguments alone; `words` is argv without the program's name.
CommandLine parse_command_line(const std::vector<std::string>& words, const ParseContext& context);

}  // namespace ttrace
