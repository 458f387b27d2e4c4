#include "tracer/session/live_blocked.h"

#include <fmt/format.h>

#include <cstdio>

#include "analyzers/connect_wording.h"
#include "analyzers/report/stack_text.h"
#include "analyzers/report/text_format.h"

namespace ttrace {
namespace {

constexpr std::size_t kMostTold = 20;

std::string place_of(const Event& event, const ThreadBlocked& blocked) {
  std::string place = fmt::format("{} {} {}", event.process.pid, blocked.syscall.name, blocked.on);
  for (const Frame& frame : blocked.stack) place += fmt::format(" {:x}", frame.ip);
  return place;
}

std::string who(const ProcessRef& process) {
  if (process.tid == process.pid) return fmt::format("{}[{}]", process.comm, process.pid);
  return fmt::format("{}[{}] thread {}", process.comm, process.pid, process.tid);
}

std::string sentence(const Event& event, const ThreadBlocked& blocked) {
  if (blocked.syscall.name.empty()) return fmt::format("{} is running", who(event.process));
  std::string text =
      fmt::format("{} has been blocked {} in {}()", who(event.process),
                  blocked.lasted ? fmt::format("for at least {}", span_text(*blocked.lasted))
                                 : std::string("for an unknown time"),
                  blocked.syscall.name);
  if (!blocked.on.empty()) text += ", waiting for " + blocked.on;
  return text;
}

}  // namespace

void LiveBlocked::on_event(const Event& event) {
  const auto* const blocked = std::get_if<ThreadBlocked>(&event.what);
  if (quiet_ || !blocked || blocked->when != ThreadBlocked::When::kAttached) return;
  const bool is_new = known_.insert(place_of(event, *blocked)).second;
  if (told_ > kMostTold) return;
  if (++told_ > kMostTold) {
    fmt::print(stderr, "ttrace: there are more threads; the report has them all\n");
    return;
  }
  fmt::print(stderr, "ttrace: {}{}\n", printable(sentence(event, *blocked)),
             is_new ? "" : ", at the same place");
  if (!is_new) return;
  for (const std::string& line : stack_lines(blocked->stack, false)) {
    fmt::print(stderr, "ttrace:   {}\n", line);
  }
}

}  // namespace ttrace
