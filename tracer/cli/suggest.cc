#include "tracer/cli/suggest.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace ttrace {
namespace {

/// How many letters must be changed, added or dropped (Levenshtein).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::optional<std::string> only_completion(std::string_view word,
                                           const std::vector<std::string>& candidates) {
  const auto begins = [&](const std::string& candidate) {
    return candidate.compare(0, word.size(), word) == 0;
  };
  const auto found = std::find_if(candidates.begin(), candidates.end(), begins);
  if (found == candidates.end()) return std::nullopt;
  if (std::find_if(found + 1, candidates.end(), begins) != candidates.end()) return std::nullopt;
  return *found;
}

}  // namespace

std::optional<std::string> nearest_word(std::string_view word,
                                        const std::vector<std::string>& candidates) {
  if (word.empty() || word.size() > 64) return std::nullopt;
  if (const auto completed = only_completion(word, candidates)) return completed;
  std::size_t best = std::max<std::size_t>(1, word.size() / 3) + 1;
  std::optional<std::string> nearest;
  for (const std::string& candidate : candidates) {
    const std::size_t wrong = distance(word, candidate);
    if (wrong >= best) continue;
    best = wrong;
    nearest = candidate;
  }
  return nearest;
}

std::string join_words(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

}  // namespace ttrace
