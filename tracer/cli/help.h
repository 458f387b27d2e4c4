// What --help, --version and --analyze help print.
#pragma once

#include <string>
#include <string_view>

#include "tracer/cli/commands.h"

namespace ttrace {

/// The version of ttrace, as in reports.
std::string_view version();

/// At most 24 lines of 80 columns.
std::string help_text(Subcommand subcommand = Subcommand::kNone);

/// The version, the ABIs that are traced and the unwinder with its version.
std::string version_text();

/// One line for each analyzer.
std::string analyzers_text();

}  // namespace ttrace
