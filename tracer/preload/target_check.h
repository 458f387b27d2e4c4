// Whether the preload engine can watch a program: the dynamic loader must heed LD_PRELOAD.
#pragma once

#include <optional>
#include <string>

namespace ttrace::preload {

/// Why the program in `file`, a script's interpreter included, cannot be watched if this process
/// executes it: "it is statically linked", …; nullopt: it can, or it is no program at all.
std::optional<std::string> why_unwatchable(const std::string& file);

/// Throws UserError with the reason and what to use instead.
void check_watchable(const std::string& file);

}  // namespace ttrace::preload
