// What --help, --version and --analyze help print.
#pragma once

#include <string>
#include <string_view>

namespace ttrace {

/// The version of ttrace, as in reports.
std::string_view version();

/// At most 24 lines of 80 columns each.
std::string run_help_text();
std::string explore_help_text();
std::string bisect_help_text();
std::string attach_help_text();
std::string report_help_text();
std::string doctor_help_text();
std::string audit_help_text();

/// The version, the ABIs that are traced and the unwinder with its version.
std::string version_text();

/// One line for each analyzer.
std::string analyzers_text();

}  // namespace ttrace
