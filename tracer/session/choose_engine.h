// Which engine watches the run: what `--engine auto` stands for on this machine, and whether the
// engine can do what was asked for.
#pragma once

#include <optional>
#include <string>

#include "tracer/cli/options.h"

namespace ttrace {

/// Why the ptrace engine cannot work here, in a few words; nullopt: it can. Where it is in
/// doubt it tries, which takes 1 ms.
std::optional<std::string> why_no_ptrace();

/// `options` with an engine of its own in place of auto. What it falls back to is said on standard
/// error, unless -q was given. UserError for an option that the engine cannot serve.
RunOptions with_engine(RunOptions options);

}  // namespace ttrace
