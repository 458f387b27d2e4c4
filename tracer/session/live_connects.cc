#include "tracer/session/live_connects.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "analyzers/connect_wording.h"
#include "analyzers/known_hangs.h"
#include "analyzers/report/stack_text.h"
#include "analyzers/report/text_format.h"

namespace ttrace {
namespace {

/// "comm[pid] HOW in connect() to …".
std::string sentence(const Event& event, const std::string& how) {
  const auto& what = std::get<Connect>(event.what);
  return printable(fmt::format("{}[{}] {} in connect() to {}", event.process.comm,
                               event.process.pid, how, place_text(what.to)));
}

}  // namespace

LiveConnects::LiveConnects(bool quiet) : quiet_(quiet), terminal_(isatty(STDERR_FILENO) == 1) {}

void LiveConnects::on_live(Connects::Live what, const Event& event) {
  if (quiet_) return;
  if (what == Connects::Live::kStill) return tick(event);
  end_line();
  const auto& connect = std::get<Connect>(event.what);
  const std::string time = span_text(connect.duration);
  if (what == Connects::Live::kOver) {
    const bool ended = connect.fate == Connect::Fate::kEnded;
    fmt::print(
        stderr, "ttrace: {}\n",
        sentence(event, fmt::format("{} after {}", ended ? "no longer blocks" : "ends", time)));
    return;
  }
  fmt::print(stderr, "ttrace: {}\n", sentence(event, fmt::format("has been blocked for {}", time)));
  for (const std::string& line : stack_lines(connect.stack, false)) {
    fmt::print(stderr, "ttrace:   {}\n", line);
  }
  const std::string known = known_hang(event.process, connect.to);
  if (!known.empty()) fmt::print(stderr, "ttrace: hint: {}\n", known);
}

void LiveConnects::tick(const Event& event) {
  if (!terminal_) return;
  const auto& what = std::get<Connect>(event.what);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(what.duration).count();
  fmt::print(stderr, "\r\x1b[Kttrace: {}",
             sentence(event, fmt::format("still blocked, {} s,", seconds)));
  std::fflush(stderr);
  in_line_ = true;
}

void LiveConnects::end_line() {
  if (in_line_) fmt::print(stderr, "\r\x1b[K");
  in_line_ = false;
}

}  // namespace ttrace
