// From argv to what is to be done: the front door of the command line.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "tracer/cli/attach_options.h"
#include "tracer/cli/audit_options.h"
#include "tracer/cli/bisect_options.h"
#include "tracer/cli/doctor_options.h"
#include "tracer/cli/explore_options.h"
#include "tracer/cli/options.h"
#include "tracer/cli/replay_options.h"

namespace ttrace {

/// Text that was asked for (help, version, a list): for standard output, and that is all.
struct PrintText {
  std::string text;
};

/// What is to be done. A subcommand is an alternative here, a row in commands.cc and an overload
/// in main.cc.
using CommandLine = std::variant<PrintText, RunOptions, AttachOptions, ExploreOptions,
                                 BisectOptions, DoctorOptions, AuditOptions, ReplayOptions>;

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
