#include "tracer/bisect/observation.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <sstream>

namespace ttrace {
namespace {

constexpr std::size_t kShownLines = 3;
constexpr std::size_t kShownColumns = 160;

using Lines = std::vector<std::string>;

/// The lines of `a` that `b` does not have, in their order.
Lines without(const Lines& a, const Lines& b) {
  std::multiset<std::string> others(b.begin(), b.end());
  Lines result;
  for (const std::string& line : a) {
    const auto found = others.find(line);
    if (found == others.end()) {
      result.push_back(line);
    } else {
      others.erase(found);
    }
  }
  return result;
}

void tell_lines(const char* what, char sign, const Lines& lines, Lines& into) {
  for (std::size_t i = 0; i < std::min(lines.size(), kShownLines); ++i) {
    std::string line = lines[i];
    if (line.size() > kShownColumns) line = line.substr(0, kShownColumns) + "…";
    into.push_back(fmt::format("{}: {} {}", what, sign, line));
  }
  if (lines.size() > kShownLines) {
    into.push_back(fmt::format("{}: {} {} more lines", what, sign, lines.size() - kShownLines));
  }
}

void tell_change(const char* what, const Lines& before, const Lines& after, Lines& into) {
  const Lines gone = without(before, after), come = without(after, before);
  tell_lines(what, '-', gone, into);
  tell_lines(what, '+', come, into);
  if (gone.empty() && come.empty() && before != after) {
    into.push_back(fmt::format("{}: its lines are in another order", what));
  }
}

/// What of two streams is to be compared, line by line.
struct Pair {
  Lines before, after;
};

Pair comparable(const Printed& before, const Printed& after, Depth depth) {
  const auto part = depth == Depth::kOutput ? &PrintedLine::present : &PrintedLine::numbers;
  Pair pair;
  for (const PrintedLine& line : before.lines) pair.before.push_back(line.*part);
  for (const PrintedLine& line : after.lines) pair.after.push_back(line.*part);
  for (std::size_t i = 0; i < std::min(pair.before.size(), pair.after.size()); ++i) {
    const std::string& literal = before.lines[i].literal;
    if (literal == after.lines[i].literal) pair.before[i] = pair.after[i] = literal;
  }
  return pair;
}

bool same_end(const Observation& a, const Observation& b) {
  return end_text(a.end) == end_text(b.end);
}

}  // namespace

Printed printed(const std::string& text, bool cut, const RunNoise& noise) {
  Printed result{{}, cut};
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    result.lines.push_back({without_noise(line, noise, Masking::kNames),
                            without_noise(line, noise, Masking::kPresent),
                            without_noise(line, noise, Masking::kNumbers)});
  }
  return result;
}

std::vector<std::string> finding_keys(const std::vector<Finding>& findings) {
  std::set<std::string> keys;
  for (const Finding& finding : findings) {
    std::string what;
    if (finding.api && finding.api->function) {
      what = *finding.api->function;
    } else if (finding.syscall) {
      what = finding.syscall->name;
    }
    keys.insert(fmt::format("{} {}{}in {}", finding.id, what, what.empty() ? "" : " ",
                            finding.process.comm));
  }
  return {keys.begin(), keys.end()};
}

bool same(const Observation& a, const Observation& b, Depth depth) {
  if (!same_end(a, b) || a.findings != b.findings) return false;
  if (depth == Depth::kOutcome) return true;
  const Pair out = comparable(a.out, b.out, depth), err = comparable(a.err, b.err, depth);
  return out.before == out.after && err.before == err.after;
}

std::vector<std::string> differences(const Observation& before, const Observation& after,
                                     Depth depth) {
  Lines result;
  if (!same_end(before, after)) {
    result.push_back(fmt::format("exit: {}, then {}", end_text(before.end), end_text(after.end)));
  }
  tell_change("finding", before.findings, after.findings, result);
  if (depth == Depth::kOutcome) return result;
  const Pair out = comparable(before.out, after.out, depth);
  const Pair err = comparable(before.err, after.err, depth);
  tell_change("stdout", out.before, out.after, result);
  tell_change("stderr", err.before, err.after, result);
  return result;
}

Level severity(const Observation& before, const Observation& after) {
  const bool found = before.findings != after.findings && after.worst == Level::kError;
  return found || !same_end(before, after) ? Level::kError : Level::kWarning;
}

}  // namespace ttrace
