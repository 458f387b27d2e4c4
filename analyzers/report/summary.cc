#include "analyzers/report/summary.h"

#include <fmt/format.h>

#include <algorithm>

#include "analyzers/finding_kinds.h"

namespace ttrace {
namespace {

std::string plural(std::uint64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

}  // namespace

std::string counted(const std::vector<Finding>& findings) {
  if (findings.empty()) return "no findings";
  std::vector<std::string> parts;
  for (const Level level : {Level::kError, Level::kWarning, Level::kNote}) {
    const auto count = std::count_if(findings.begin(), findings.end(),
                                     [&](const Finding& f) { return f.level == level; });
    const std::string name = level_name(level);
    if (count > 0) parts.push_back(plural(static_cast<std::uint64_t>(count), name, name + "s"));
  }
  return fmt::format("{} ({})", plural(findings.size(), "finding", "findings"),
                     fmt::join(parts, ", "));
}

std::string summary(const RunInfo& run, const std::vector<Finding>& findings) {
  std::string text = fmt::format("{}; {} ({} 32-bit), {}, {:.3g} s", counted(findings),
                                 plural(run.processes, "process", "processes"), run.processes_32bit,
                                 plural(run.stops, "stop", "stops"),
                                 std::chrono::duration<double>(run.duration).count());
  if (run.dropped > 0) text += fmt::format("; {} dropped", plural(run.dropped, "event", "events"));
  if (run.baseline) {
    text += fmt::format("; {} known from {} left out",
                        plural(run.baseline->known, "finding", "findings"), run.baseline->file);
  }
  const std::string end = end_of(run);
  return end.empty() ? text : text + "; " + end;
}

std::string end_of(const RunInfo& run) {
  if (run.exit_signal) return "the target was killed by " + *run.exit_signal;
  if (run.exit_code) return fmt::format("the target's exit status was {}", *run.exit_code);
  return "";
}

}  // namespace ttrace
