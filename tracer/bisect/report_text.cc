#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "analyzers/report/text_format.h"
#include "analyzers/time_text.h"
#include "tracer/bisect/bisection.h"
#include "tracer/bisect/known_instants.h"

namespace ttrace {
namespace {

constexpr std::size_t kWhenColumns = 20;  // "2038-01-19T03:14:08Z"

std::vector<std::string> words_of(const Change& change) {
  std::vector<std::string> words;
  if (const KnownInstant* const known = known_instant(change.high)) {
    words.push_back(std::string("clock: ") + known->what);
  }
  words.insert(words.end(), change.what.begin(), change.what.end());
  if (!change.confirmed) words.emplace_back("the second varies from run to run");
  if (change.high - change.low != 1) {
    words.push_back("not searched further: it is later than " + utc_text(change.low));
  }
  return words;
}

void add_row(const Change& change, std::size_t width, bool color, std::string& text) {
  const char* const paint = change.level == Level::kError ? "\x1b[1;31m" : "\x1b[1;33m";
  const std::string when = utc_text(change.high);
  bool first = true;
  for (const std::string& words : words_of(change)) {
    for (const std::string& line : wrap(printable(words), width - kWhenColumns - 2)) {
      const std::string cell = padded(first ? when : "", kWhenColumns);
      text += (color && first ? paint + cell + "\x1b[0m" : cell) + "  " + line + "\n";
      first = false;
    }
  }
}

}  // namespace

std::string bisect_text(const Bisection& b, const ReportOptions& options) {
  std::string text;
  const auto width = static_cast<std::size_t>(std::max(options.width, 40));
  const auto paragraph = [&](const std::string& words) {
    for (const std::string& line : wrap(printable(words), width)) text += line + "\n";
  };
  if (!options.quiet) {
    paragraph(fmt::format("ttrace: {}: at {} it ends with {}", fmt::join(b.command, " "),
                          utc_text(b.from), end_text(b.first.end)));
  }
  if (!b.changes.empty()) {
    text += padded("FROM THEN ON", kWhenColumns) + "  WHAT CHANGES\n";
    for (const Change& change : b.changes) add_row(change, width, options.color, text);
  }
  if (!options.quiet) {
    for (const std::string& note : b.notes) paragraph("ttrace: note: " + note);
  }
  paragraph("ttrace: " + conclusion(b));
  return text;
}

}  // namespace ttrace
