#include "tracer/preload/run_facts.h"

#include <fmt/format.h>

#include <set>

#include "tracer/preload/target_check.h"

namespace ttrace::preload {
namespace {

std::string unwatched_text(const std::string& root, const std::string& file) {
  const auto why = file.starts_with('/') ? why_unwatchable(root + file) : std::nullopt;
  return fmt::format("{} ran unwatched{}: the preload engine cannot see it; --engine ptrace can",
                     file.empty() ? "a program" : file, why ? " (" + *why + ")" : "");
}

}  // namespace

void describe_run(const EventMaker& events, const ChannelReader& channel, const std::string& root,
                  RunInfo& info) {
  const auto& processes = events.processes().all();
  info.processes = processes.size();
  info.processes_32bit = events.programs_32bit();
  info.dropped = channel.dropped();
  for (const auto& [pid, process] : processes) info.time_served[pid] = "preload";
  std::set<std::string> unwatched;
  for (const auto& [pid, file] : events.processes().unwatched()) unwatched.insert(file);
  for (const std::string& file : unwatched) info.limits.push_back(unwatched_text(root, file));
  if (channel.is_damaged()) {
    info.limits.push_back(
        "a target wrote over ttrace's channel, or cut it short: what it said before may be in this "
        "report, what came after is not; --engine ptrace has no channel");
  }
}

}  // namespace ttrace::preload
