// Text for a terminal: nothing that a target can write may move the cursor, change a colour or
// reverse the direction of what follows.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ttrace {

/// `text` with control characters, invisible and direction-changing characters and bytes that are
/// not UTF-8 written as \n, \x1b or \u{202e}. The result is valid UTF-8 on one line.
std::string printable(std::string_view text);

/// Columns that `text` takes: one for each character of valid UTF-8.
std::size_t columns(std::string_view text);

/// `text` in lines of at most `width` columns, broken at spaces; a longer word stands alone.
std::vector<std::string> wrap(std::string_view text, std::size_t width);

/// `text` filled with spaces up to `width` columns.
std::string padded(std::string_view text, std::size_t width);

}  // namespace ttrace
