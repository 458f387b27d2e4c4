// A stack as lines with aligned columns: function+offset, module, file:line.
#pragma once

#include <string>
#include <vector>

#include "analyzers/event.h"

namespace ttrace {

/// One line a frame, innermost first; two where a long name leaves no room for the rest. A frame
/// without a symbol is module+0x…, one without a module ?? with its address; inlined frames are
/// marked. `full_paths`: modules with their folders. Safe to print.
std::vector<std::string> stack_lines(const Stack& stack, bool full_paths);

}  // namespace ttrace
