#include <errno.h>
#include <fmt/format.h>
#include <string.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "analyzers/report/text_format.h"
#include "tracer/explore/report.h"

namespace ttrace {
namespace {

constexpr std::size_t kColumns = 7;
using Row = std::array<std::string, kColumns>;

std::string seconds_text(std::chrono::nanoseconds time) {
  return fmt::format("{:.2f} s", std::chrono::duration<double>(time).count());
}

std::string cost_text(const Trial& trial) {
  if (trial.outcome == Outcome::kNotMet) return "-";
  const double cost = std::chrono::duration<double>(trial.cost).count();
  return std::fabs(cost) < 0.005 ? "0.00 s" : fmt::format("{:+.2f} s", cost);
}

std::string unharmed_text(const Destination& destination) {
  if (!destination.end) return "?";
  if (*destination.end == 0) return "ok";
  const char* const name = strerrorname_np(*destination.end);
  return name ? name : std::to_string(*destination.end);
}

const char* color_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kHangs:
      return "\x1b[1;31m";
    case Outcome::kFails:
      return "\x1b[1;33m";
    case Outcome::kGoesOn:
      return "\x1b[32m";
    case Outcome::kNotMet:
      break;
  }
  return "\x1b[2m";
}

Row row_of(const Trial& trial) {
  return {printable(destination_text(trial.destination)),
          unharmed_text(trial.destination),
          trial.fault,
          outcome_text(trial.outcome),
          end_text(trial.end),
          seconds_text(trial.end.duration),
          cost_text(trial)};
}

std::string table(const Exploration& e, bool color) {
  std::vector<Row> rows{
      {"DESTINATION", "UNHARMED", "FAULT", "COMMAND", "ENDS WITH", "TIME", "COST"}};
  for (const Trial& trial : e.trials) rows.push_back(row_of(trial));
  std::array<std::size_t, kColumns> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], columns(row[i]));
  }
  std::string text;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::string line;
    for (std::size_t i = 0; i < kColumns; ++i) {
      const std::string cell = i + 1 < kColumns ? padded(rows[r][i], widths[i]) + "  " : rows[r][i];
      const bool colored = color && r > 0 && i == 3;
      line += colored ? color_of(e.trials[r - 1].outcome) + cell + "\x1b[0m" : cell;
    }
    text += line + "\n";
  }
  return text;
}

}  // namespace

std::string explore_text(const Exploration& e, const ReportOptions& options) {
  std::string text;
  const auto paragraph = [&](const std::string& words) {
    const auto width = static_cast<std::size_t>(std::max(options.width, 40));
    for (const std::string& line : wrap(printable(words), width)) text += line + "\n";
  };
  if (!options.quiet) {
    paragraph(fmt::format("ttrace: {}: unharmed it takes {} and ends with {}",
                          fmt::join(e.command, " "), seconds_text(e.first.duration),
                          end_text(e.first)));
  }
  if (!e.trials.empty()) text += table(e, options.color);
  if (!options.quiet) {
    for (const Trial& trial : e.trials) {
      if (!trial.note.empty()) paragraph("ttrace: note: " + trial.note);
    }
    for (const std::string& place : e.left_out) {
      paragraph(
          fmt::format("ttrace: note: {} was left out: no rule of --connect can name it", place));
    }
  }
  paragraph("ttrace: " + conclusion(e));
  return text;
}

}  // namespace ttrace
