// The parts of a SARIF 2.1.0 log that runs and audits have in common. Section numbers are those of
// the OASIS standard.
#pragma once

#include <string>
#include <string_view>

#include "analyzers/finding.h"
#include "analyzers/report/json_parts.h"

namespace ttrace::sarif {

/// { "text": … } with what a target may have written made printable, and without links (3.11.6).
Json message(std::string_view text);

/// Where a file of the target is (3.4): a path without its first slash, percent-encoded, relative
/// to the base kTargetRoot, since viewers accept paths inside of what they show alone. A path that
/// is relative already, as debug information has them, is one to source code: base kSourceRoot.
Json artifact_location(std::string_view path);

/// The location (3.28) of a file as a whole. Viewers of code want a line: it is the first.
Json file_location(std::string_view path);

/// The location of a frame: its source where that is known, else its module.
Json frame_location(const Frame& frame);
Json stack(std::string_view title, const Stack& frames);

/// The rule of a finding id (3.49).
Json rule(std::string_view id);

/// "error", "warning", "note" (3.27.10): ours are the same.
std::string_view level(Level level);

/// What the paths in the log are relative to (3.14.14); `root`: of the target, empty for /.
Json uri_bases(const std::string& root);

/// A log with one run, whose "results" are given by ruleId alone: the rules that they name are
/// added, and each result's index of its rule. `run` is what a run (3.14) has beside.
std::string log(const std::string& version, Json run);

}  // namespace ttrace::sarif
