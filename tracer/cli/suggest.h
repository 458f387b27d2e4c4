// "Did you mean": the nearest of the words that would have been right.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ttrace {

/// The candidate that `word` was likely meant to be: the only one it begins, or the nearest within
/// a third of its letters wrong. Nothing when no candidate is that close.
std::optional<std::string> nearest_word(std::string_view word,
                                        const std::vector<std::string>& candidates);

/// "a, b, c"
std::string join_words(const std::vector<std::string>& words);

}  // namespace ttrace
