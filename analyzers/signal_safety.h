// Which functions of the C library a signal handler must not call: signal-safety(7).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ttrace {

/// True for those known to be unsafe, under any of the names that symbol tables have for them.
/// Functions that are not in the list may be unsafe, too.
bool is_signal_unsafe(std::string_view function);

/// The outermost unsafe one of `functions` (innermost first): what the handler called. Empty: none.
std::string unsafe_call(const std::vector<std::string>& functions);

}  // namespace ttrace
